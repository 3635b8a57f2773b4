"""The record: how it is signed, what counts as late or missed, and the key of our messages."""

from pathlib import Path

from pydantic import Field

from warnbroker.settings.section import Section


class Audit(Section):
    """The Ed25519 key that signs the record, and the file that its heads are written to.

    Both default to files beside a SQLite database.
    """

    key_file: Path | None = None
    anchors: Path | None = None
    anchor_every: int = Field(default=100, ge=1)


class Conduct(Section):
    """What counts as late, missed or possibly concealed; times in seconds."""

    report_within: float = Field(default=1800, gt=0)
    warn_within: float = Field(default=1800, gt=0)
    release_within: float = Field(default=900, gt=0)


class Signing(Section):
    """The private key (PEM) and certificate that our CAP messages are signed with."""

    key_file: Path | None = None
    certificate: Path | None = None
