"""The authorities that the settings name."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from warnbroker.app.names import strange
from warnbroker.intake.permit import ROLES, Terms
from warnbroker.model.authority import Authorities, Authority, Contact, SignaturePolicy
from warnbroker.model.subscriber import AddressKind
from warnbroker.settings import Settings
from warnbroker.settings.authorities import Authority as Section
from warnbroker.settings.authorities import Contact as ContactSection


def authorities_of(sections: Mapping[str, Section]) -> Authorities:
    """Return the authorities of the settings."""
    return Authorities({code: _authority(code, section) for code, section in sections.items()})


def terms_of(settings: Settings) -> Terms:
    """Return what issuers may be granted: the roles, levels and authorities that there are."""
    steps = {
        role
        for rules in settings.release.flows.values()
        for rule in rules
        for step in rule.steps
        for role in step.roles
    }
    return Terms(
        roles=frozenset({*ROLES, *steps, *settings.release.override.roles}),
        levels=frozenset(settings.levels.scale),
        authorities=authorities_of(settings.authorities),
    )


def authority_faults(settings: Settings, regions: Collection[str]) -> Iterator[str]:
    """Yield one line for each name that stands for nothing, and each sender that two claim.

    ``regions`` are the codes of the configured tree, none where it is not known.
    """
    owners: dict[str, str] = {}
    for code, authority in settings.authorities.items():
        yield from _unknown_names(code, authority, settings)
        if regions:
            named = (f"authorities.{code}.regions", authority.regions)
            yield from strange(named, regions, "is the code of no region")
        for sender in authority.senders:
            if owners.setdefault(sender, code) != code:
                other = owners[sender]
                yield f"authorities.{code}.senders: {sender} is a sender of {other} already"
    # Whoever wants no offices at all need not empty the lists of the hazard register as well.
    for name, hazard in settings.hazards.items() if settings.authorities else ():
        yield from _unknown_notified(f"hazards.{name}.notify", hazard.notify, settings)


def _unknown_names(code: str, authority: Section, settings: Settings) -> Iterator[str]:
    where, others = f"authorities.{code}", settings.authorities.keys() - {code}
    above = (f"{where}.above", filter(None, [authority.above]))
    yield from strange(above, others, "is the code of no other authority")
    highest = (f"{where}.highest_level", filter(None, [authority.highest_level]))
    yield from strange(highest, settings.levels.scale, "is not in levels.scale")


def _unknown_notified(
    where: str, notify: Mapping[str, Sequence[str]], settings: Settings
) -> Iterator[str]:
    yield from strange((where, notify), settings.levels.scale, "is not in levels.scale")
    for level, codes in notify.items():
        named = (f"{where}.{level}", codes)
        yield from strange(named, settings.authorities, "is the code of no authority")


def _authority(code: str, section: Section) -> Authority:
    return Authority(
        code=code,
        names=section.names,
        tier=section.tier,
        above=section.above,
        regions=tuple(section.regions),
        senders=tuple(section.senders),
        hazards=tuple(section.hazards),
        highest_level=section.highest_level,
        contacts=tuple(_contact(contact) for contact in section.contacts),
        gbt_code=section.gbt_code,
        signature=SignaturePolicy(section.signature),
        certificates=tuple(section.certificates),
    )


def _contact(section: ContactSection) -> Contact:
    stated: dict[str, str] = {kind: getattr(section, kind.value) for kind in AddressKind}
    addresses = {kind: address for kind, address in stated.items() if address}
    return Contact(section.name, addresses, section.language)
