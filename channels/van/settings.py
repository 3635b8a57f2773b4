"""What an operator may say about loudspeaker vans."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_Path = Annotated[Path, AfterValidator(Path.expanduser)]


class VanSettings(BaseModel):
    """The section ``channels.van``; times in seconds unless their name says otherwise.

    Sheets lie below ``directory``, in a folder of the alert's id. ``announcing_kmh`` and
    ``audible_radius_m`` stand for vans that name none in the ``fleet`` file. People must
    have heard ``lead_minutes`` before the onset. ``message_seconds`` overrides the
    estimate of how long one reading takes; a leg takes at least ``dwell_seconds``. The
    search for routes ends after ``seconds`` at the latest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fleet: _Path
    roads: _Path
    population: _Path
    directory: _Path
    seconds: float = Field(5.0, gt=0, le=600)
    announcing_kmh: float = Field(10.0, gt=0, le=60)
    audible_radius_m: float = Field(120.0, gt=0, le=2000)
    message_seconds: float | None = Field(None, gt=0)
    dwell_seconds: float = Field(45.0, ge=0)
    lead_minutes: float = Field(10.0, ge=0)
    receipt_timeout: float | None = Field(None, gt=0)
    concurrency: int = Field(2, ge=1, le=16)
