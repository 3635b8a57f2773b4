"""What the settings say of drills and of named lists."""

from collections.abc import Mapping, Sequence

from warnbroker.contracts.channel import Channel
from warnbroker.contracts.store import SubscriberStore
from warnbroker.dispatch.reach import Circle
from warnbroker.intake.scope import ScopeRules
from warnbroker.model.authority import Authorities
from warnbroker.model.named_list import NamedList, NamedLists
from warnbroker.settings import Settings
from warnbroker.targeting import Direct


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


def circle_of(
    settings: Settings, channels: Mapping[str, Channel], authorities: Authorities
) -> Circle:
    """Return how far drills and alerts of limited scope may go."""
    return Circle(
        public_drills=settings.drills.public,
        drill_channels=frozenset(settings.drills.channels),
        sinks=_sinks(settings, channels),
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
        sinks=frozenset(item for items in _sinks(settings, channels).values() for item in items),
        authorities=authorities,
        public_drills=settings.drills.public,
    )


def _sinks(settings: Settings, channels: Mapping[str, Channel]) -> Mapping[str, Sequence[Direct]]:
    kinds = {name: channel.address_kind for name, channel in channels.items()}
    return {
        name: [(kind, text) for text in addresses]
        for name, addresses in settings.drills.sinks.by_channel.items()
        if (kind := kinds.get(name)) is not None
    }
