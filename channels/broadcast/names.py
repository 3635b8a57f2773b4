"""The names of packages: made of the alert alone, so that the same delivery has the same name."""

import re
from datetime import UTC

from warnbroker.model.enums import MsgType, Status
from warnbroker.model.publication import Publication

_KINDS = {MsgType.UPDATE: "update", MsgType.CANCEL: "cancel"}
_DRILL = "DRILL_"
_NAME = re.compile(
    rf"(?:{_DRILL})?" + r"\d{8}T\d{6}Z_([a-z2-7]{26})_v\d{2,}_(?:alert|update|cancel)"
)


def kind_of(publication: Publication) -> str:
    """Return ``alert``, ``update`` or ``cancel``."""
    return _KINDS.get(publication.alert.msg_type, "alert")


def package_name(publication: Publication) -> str:
    """Return ``<utc>_<alert id>_v<NN>_<kind>``; NN counts the alerts of the warning.

    A drill's begins with ``DRILL_``: whoever sorts a folder by names sees what is not real.
    """
    sent = publication.alert.sent.astimezone(UTC)
    version = len(publication.supersedes) + 1
    first = "" if publication.alert.status is Status.ACTUAL else _DRILL
    return f"{first}{sent:%Y%m%dT%H%M%SZ}_{publication.id}_v{version:02d}_{kind_of(publication)}"


def alert_of(name: str) -> str:
    """Return the alert's id in a package's name; nothing where it is not such a name."""
    match = _NAME.fullmatch(name)
    return match[1] if match else ""
