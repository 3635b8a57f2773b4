"""The authorities that the settings name."""

from collections.abc import Mapping

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
    stated = {kind: getattr(section, kind.value) for kind in AddressKind}
    addresses = {kind: address for kind, address in stated.items() if address}
    return Contact(section.name, addresses, section.language)
