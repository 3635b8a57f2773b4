"""What every unit finds as if it were alone."""

import pytest

from warnbroker.log import set_up


@pytest.fixture(autouse=True)
def heard_warnings() -> None:
    """Log warnings, whatever a broker that was served in this process before has muted."""
    set_up("warning")
