"""Who may warn whom of what: sender, role, jurisdiction, hazard and level.

Two limits hold for every alert: that of the key, and that of the authority whose sender the
alert names. Whoever issues on behalf of another authority is bound by that one's limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from warnbroker.cap.document import quote
from warnbroker.errors import ForbiddenError
from warnbroker.model.alert import Alert
from warnbroker.model.authority import Authorities, Authority
from warnbroker.model.level import LevelScale
from warnbroker.model.record import AlertRecord, IssuerRecord
from warnbroker.targeting import RegionTree

# About ten metres: outlines drawn by hand rarely meet a border to the metre.
BORDER_TOLERANCE_DEGREES = 1e-4


@dataclass(frozen=True, slots=True)
class Remit:
    """What permissions are judged by: the authorities that there are, and the scale of levels."""

    authorities: Authorities
    scale: LevelScale


@dataclass(frozen=True, slots=True)
class Limit:
    """How far somebody's word reaches; whatever is empty has no limit."""

    whose: str
    jurisdictions: tuple[str, ...]
    hazards: tuple[str, ...]
    highest_level: str


def authorise(
    issuer: IssuerRecord, alert: Alert, area: BaseGeometry | None, tree: RegionTree, remit: Remit
) -> None:
    """Let an alert pass, or say what the issuer lacks.

    Raises:
        ForbiddenError: names the missing role, sender, jurisdiction, hazard or level.
    """
    authorise_sender(issuer, alert, remit)
    _require_limits(issuer, alert, area, tree, remit)


def authorise_decision(
    issuer: IssuerRecord, alert: Alert, area: BaseGeometry | None, tree: RegionTree, remit: Remit
) -> None:
    """Let somebody decide about an alert of others, where they are competent themselves.

    They are for their own authority, those that they act for, and all below these.

    Raises:
        ForbiddenError: names the authority that they have no say in, or what they lack.
    """
    theirs = remit.authorities.of_sender(alert.sender)
    mine = {issuer.authority, *issuer.on_behalf}
    if issuer.authority and (theirs is None or mine.isdisjoint(_upwards(theirs, remit))):
        whose = theirs.code if theirs else quote(alert.sender)
        raise ForbiddenError(f"{issuer.name} of {issuer.authority} has no say in alerts of {whose}")
    _require_limits(issuer, alert, area, tree, remit)


def authorise_sender(issuer: IssuerRecord, alert: Alert, remit: Remit) -> None:
    """Let an issuer speak as the alert's sender.

    An issuer of an authority speaks as one of its senders, or of an authority that it acts
    for; one with a sender of its own as that one, or on behalf of others.

    Raises:
        ForbiddenError: they issue no alerts, or none of this sender.
    """
    require_role(issuer, "issuer")
    owner = remit.authorities.of_sender(alert.sender)
    if owner is not None and owner.code in issuer.on_behalf:
        return
    shown = quote(alert.sender)
    if issuer.sender and alert.sender != issuer.sender:
        raise ForbiddenError(f"{issuer.name} may send only as {issuer.sender}, not {shown}")
    if not issuer.authority:
        return
    if remit.authorities.get(issuer.authority) is None:
        raise ForbiddenError(f"the authority {issuer.authority} is not configured any more")
    if owner is None or owner.code != issuer.authority:
        whose = f"it is a sender of {owner.code}" if owner else "it is no authority's sender"
        raise ForbiddenError(
            f"{issuer.name} may send only as {issuer.authority}, not {shown}: {whose}"
        )


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


def is_limited(issuer: IssuerRecord) -> bool:
    """Say whether there is anything that an issuer may not warn of."""
    limit = _own(issuer)
    return bool(issuer.authority or limit.jurisdictions or limit.hazards or limit.highest_level)


def _require_limits(
    issuer: IssuerRecord, alert: Alert, area: BaseGeometry | None, tree: RegionTree, remit: Remit
) -> None:
    for limit in _limits(issuer, alert, remit):
        _require_jurisdiction(limit, area, tree)
        _require_hazard(limit, alert)
        _require_level(limit, alert, remit.scale)


def _limits(issuer: IssuerRecord, alert: Alert, remit: Remit) -> Iterator[Limit]:
    yield _own(issuer)
    authority = remit.authorities.of_sender(alert.sender)
    if authority is not None and (issuer.authority or authority.code in issuer.on_behalf):
        yield Limit(authority.code, authority.regions, authority.hazards, authority.highest_level)


def _own(issuer: IssuerRecord) -> Limit:
    return Limit(issuer.name, issuer.jurisdictions, issuer.hazards, issuer.highest_level)


def _upwards(authority: Authority, remit: Remit) -> frozenset[str]:
    """Return an authority's code and those of all above it."""
    found: dict[str, None] = {}
    above: Authority | None = authority
    while above is not None and above.code not in found:
        found[above.code] = None
        above = remit.authorities.above(above.code)
    return frozenset(found)


def _require_jurisdiction(limit: Limit, area: BaseGeometry | None, tree: RegionTree) -> None:
    if not limit.jurisdictions or area is None:
        return
    outlines = [found.geometry for code in limit.jurisdictions if (found := tree.get(code))]
    if not shapely.union_all(outlines).buffer(BORDER_TOLERANCE_DEGREES).covers(area):
        codes = ", ".join(limit.jurisdictions)
        raise ForbiddenError(f"the area lies outside the jurisdiction of {limit.whose} ({codes})")


def _require_hazard(limit: Limit, alert: Alert) -> None:
    for info in alert.infos:
        named = {*info.categories, *(code.value for code in info.event_codes), info.event}
        if limit.hazards and not named & set(limit.hazards):
            raise ForbiddenError(f"{limit.whose} may not warn of the hazard {quote(info.event)}")


def _require_level(limit: Limit, alert: Alert, scale: LevelScale) -> None:
    if not limit.highest_level or not alert.infos:
        return
    if limit.highest_level not in scale:
        raise ForbiddenError(
            f"the highest level of {limit.whose}, {limit.highest_level}, is not on the scale"
        )
    highest = scale[limit.highest_level]
    gravest = min((scale.of(info) for info in alert.infos), key=lambda level: level.rank)
    if gravest.rank < highest.rank:
        raise ForbiddenError(
            f"{limit.whose} may warn up to the level {highest.code}, not of {gravest.code}"
        )
