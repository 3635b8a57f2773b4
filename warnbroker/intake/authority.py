"""Who may warn whom of what: sender, role, jurisdiction and hazard."""

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap.document import quote
from warnbroker.errors import ForbiddenError
from warnbroker.model.alert import Alert
from warnbroker.model.record import AlertRecord, IssuerRecord
from warnbroker.targeting import RegionTree

# About ten metres: outlines drawn by hand rarely meet a border to the metre.
BORDER_TOLERANCE_DEGREES = 1e-4


def authorise(
    issuer: IssuerRecord, alert: Alert, area: BaseGeometry | None, tree: RegionTree
) -> None:
    """Let an alert pass, or say what the issuer lacks.

    Raises:
        ForbiddenError: names the missing role, sender, jurisdiction or hazard.
    """
    authorise_sender(issuer, alert)
    _require_jurisdiction(issuer, area, tree)
    _require_hazard(issuer, alert)


def authorise_sender(issuer: IssuerRecord, alert: Alert) -> None:
    """Let an issuer speak as the alert's sender.

    Raises:
        ForbiddenError: they issue no alerts, or none of this sender.
    """
    require_role(issuer, "issuer")
    if issuer.sender and alert.sender != issuer.sender:
        shown = quote(alert.sender)
        raise ForbiddenError(f"{issuer.name} may send only as {issuer.sender}, not {shown}")


def require_role(issuer: IssuerRecord, role: str) -> None:
    """Let somebody of a role pass.

    Raises:
        ForbiddenError: they have it not.
    """
    if role not in issuer.roles:
        raise ForbiddenError(f"{issuer.name} lacks the role {role}")


def authorise_lineage(alert: Alert, earlier: AlertRecord) -> None:
    """Let an alert change an earlier one of its own sender.

    Raises:
        ForbiddenError: the earlier one is somebody else's.
    """
    if earlier.sender != alert.sender:
        changer, owner = quote(alert.sender), quote(earlier.sender)
        raise ForbiddenError(f"{changer} may not change an alert of {owner}")


def _require_jurisdiction(
    issuer: IssuerRecord, area: BaseGeometry | None, tree: RegionTree
) -> None:
    if not issuer.jurisdictions or area is None:
        return
    outlines = [found.geometry for code in issuer.jurisdictions if (found := tree.get(code))]
    if not shapely.union_all(outlines).buffer(BORDER_TOLERANCE_DEGREES).covers(area):
        codes = ", ".join(issuer.jurisdictions)
        raise ForbiddenError(f"the area lies outside the jurisdiction of {issuer.name} ({codes})")


def _require_hazard(issuer: IssuerRecord, alert: Alert) -> None:
    for info in alert.infos:
        named = {*info.categories, *(code.value for code in info.event_codes), info.event}
        if issuer.hazards and not named & set(issuer.hazards):
            raise ForbiddenError(f"{issuer.name} may not warn of the hazard {quote(info.event)}")
