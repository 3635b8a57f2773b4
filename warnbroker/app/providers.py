"""The providers of the channels, and the parts that choose among them."""

from collections.abc import Mapping, Sequence

from warnbroker.contracts.channel import Channel, ManyProviders, Provider
from warnbroker.contracts.clock import Clock
from warnbroker.contracts.rates import RateStore
from warnbroker.dispatch.providers.announce import Announcer
from warnbroker.dispatch.providers.health import Health
from warnbroker.dispatch.providers.meter import Meter
from warnbroker.dispatch.providers.router import Router
from warnbroker.dispatch.providers.rules import FailoverRules
from warnbroker.settings.dispatch import Dispatch


def provider_names(channels: Mapping[str, Channel], channel: str) -> Sequence[str]:
    """Return the names of a channel's providers; none where it has no choice."""
    found = channels.get(channel)
    if not isinstance(found, ManyProviders):
        return ()
    return [provider.name for provider in found.providers()]


def routers_of(
    channels: Mapping[str, Channel],
    dispatch: Dispatch,
    rates: RateStore,
    clock: Clock,
    announcer: Announcer,
) -> Mapping[str, Router]:
    """Return what each channel's lane asks before it sends."""
    rules = FailoverRules(**dispatch.failover.model_dump())

    def router(name: str, channel: Channel) -> Router:
        meter = Meter(
            rates,
            clock,
            dispatch.rate_reserve,
            dispatch.rate_slice,
            rules.grave_rank,
            channel=name,
        )
        if isinstance(channel, ManyProviders):
            health = Health(name, channel.providers(), rules, announcer.tell)
            return Router(health, meter, clock, channel.limits)
        only = Provider(name, receipt_timeout=channel.receipt_timeout)
        return Router(Health(name, [only], rules, watches=True), meter, clock)

    return {name: router(name, channel) for name, channel in channels.items()}
