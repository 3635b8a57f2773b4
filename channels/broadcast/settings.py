"""What an operator may say about broadcasting."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class BroadcastSettings(BaseModel):
    """The section ``channels.broadcast``; times in seconds.

    Packages for a station lie below ``directory``, in a folder of the station's id;
    ``stations`` is the YAML file that names the stations. A station that has not answered
    after ``ack_timeout`` counts as silent. Without ``speech`` no package carries sound.
    Speech is cut to ``speech_seconds`` and may take ``speech_timeout`` to make: the text
    does not wait longer for its sound.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: _Folder
    stations: _Folder
    ack_timeout: float = Field(300.0, gt=0)
    speech: bool = True
    speech_seconds: float = Field(120.0, gt=0, le=300)
    speech_timeout: float = Field(30.0, gt=0)
    concurrency: int = Field(4, ge=1, le=64)
