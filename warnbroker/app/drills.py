"""What the settings say of drills and of named lists."""

from collections.abc import Mapping, Sequence

from warnbroker.contracts.channel import Channel
from warnbroker.contracts.store import SubscriberStore
from warnbroker.dispatch.reach import Circle
from warnbroker.intake.scope import ScopeRules
from warnbroker.model.authority import Authorities
from warnbroker.model.named_list import NamedList, NamedLists
from warnbroker.model.subscriber import AddressKind
from warnbroker.settings import Settings
from warnbroker.targeting import Direct

_KINDS = {"sms": AddressKind.PHONE, "voice": AddressKind.VOICE, "email": AddressKind.EMAIL}


def lists_of(settings: Settings) -> NamedLists:
    """Return the lists that the settings name."""
    return NamedLists(
        {
            code: NamedList(
                code=code,
                names=section.names,
                roles=frozenset(section.roles),
                refs=frozenset(section.refs),
                regions=frozenset(section.regions),
            )
            for code, section in settings.lists.items()
        }
    )


def circle_of(settings: Settings, authorities: Authorities) -> Circle:
    """Return how far drills and alerts of limited scope may go."""
    return Circle(
        public_drills=settings.drills.public,
        drill_channels=frozenset(settings.drills.channels),
        sinks=_sinks(settings),
        lists=lists_of(settings),
        authorities=authorities,
    )


def scope_rules_of(
    settings: Settings,
    subscribers: SubscriberStore,
    channels: Mapping[str, Channel],
    authorities: Authorities,
) -> ScopeRules:
    """Return what judges whom an alert says it is for."""
    return ScopeRules(
        subscribers=subscribers,
        kinds={name: channel.address_kind for name, channel in channels.items()},
        lists=lists_of(settings),
        sinks=frozenset(item for items in _sinks(settings).values() for item in items),
        authorities=authorities,
        public_drills=settings.drills.public,
    )


def _sinks(settings: Settings) -> Mapping[str, Sequence[Direct]]:
    sinks = settings.drills.sinks
    return {name: [(kind, text) for text in getattr(sinks, name)] for name, kind in _KINDS.items()}
