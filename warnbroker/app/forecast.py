"""What the settings expect of each channel, for forecasts."""

from collections.abc import Mapping

from warnbroker.dispatch.forecast.pace import Pace
from warnbroker.dispatch.forecast.paths import Expectation
from warnbroker.settings.forecast import Forecast


def expectations_of(section: Forecast) -> Mapping[str, Expectation]:
    """Return the expectation of each channel that the settings speak of."""
    return {
        name: Expectation(
            pace=Pace(item.per_second, item.first_after),
            cost=item.cost,
            path=item.path,
            mains=item.mains,
        )
        for name, item in section.channels.items()
    }
