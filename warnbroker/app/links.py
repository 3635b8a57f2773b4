"""What the parts are joined by: the bus, and the rules by which alerts take channels."""

from warnbroker.bus.local import LocalBus
from warnbroker.dispatch.routing import Route
from warnbroker.errors import ConfigError
from warnbroker.settings import RouteRule


def route_of(rule: RouteRule) -> Route:
    """Return the routing rule that a row of the settings describes."""
    return Route(
        channels=tuple(rule.channels),
        level=frozenset(rule.level),
        urgency=frozenset(rule.urgency),
        certainty=frozenset(rule.certainty),
        category=frozenset(rule.category),
        event=frozenset(rule.event),
        region=frozenset(rule.region),
    )


def bus_of(url: str) -> LocalBus:
    """Return the bus at an address.

    Raises:
        ConfigError: this release has none of that kind.
    """
    if url.rstrip(":/") != "local":
        raise ConfigError(f"bus.url: {url!r} is not served by this release; use local:")
    return LocalBus()
