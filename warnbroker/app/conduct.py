"""What examines conduct, built from settings."""

from datetime import timedelta
from functools import partial

from warnbroker.app.anchoring import contradicted
from warnbroker.contracts.clock import Clock
from warnbroker.report.conduct import Conduct
from warnbroker.report.facts import Limits
from warnbroker.settings import Settings
from warnbroker.store import Store


def conduct_of(settings: Settings, store: Store, clock: Clock) -> Conduct:
    """Return what examines conduct over an open store."""
    section = settings.conduct

    return Conduct(
        courses=store.courses,
        findings=store.findings,
        audit=store.audit,
        regions=store.regions,
        hazards={code: frozenset(item.names.values()) for code, item in settings.hazards.items()},
        authority=settings.municipality.authority,
        limits=Limits(
            report_within=timedelta(seconds=section.report_within),
            warn_within=timedelta(seconds=section.warn_within),
            release_within=timedelta(seconds=section.release_within),
        ),
        clock=clock,
        contradicted=partial(contradicted, settings, store.audit),
    )
