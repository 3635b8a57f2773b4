"""A forecast as JSON, for the dry run and for approvers."""

from collections.abc import Mapping
from dataclasses import asdict

from warnbroker.cap.rules.catalogue import in_language
from warnbroker.dispatch.forecast.outlook import ChannelOutlook, ClockOutlook, Outlook


def outlook_json(outlook: Outlook, language: str) -> dict[str, object]:
    """Return an outlook as JSON, its warnings in a language.

    Times are seconds from the release, or ISO 8601.
    """
    return {
        "people": outlook.people,
        "audience": {
            name: item.recipients + item.targets for name, item in outlook.channels.items()
        },
        "population": {"area": outlook.population, "unreached": outlook.unreached},
        "cost": {"total": outlook.cost, "currency": outlook.currency},
        "channels": {name: _channel(item) for name, item in outlook.channels.items()},
        "withheld": dict(outlook.withheld),
        "delayed": dict(outlook.delayed),
        "districts": [asdict(item) | {"unreached": item.unreached} for item in outlook.districts],
        "clock": _clock(outlook.clock),
        "forecast_warnings": [
            {"rule": fault.rule, "level": fault.level, "message": in_language(fault, language)}
            for fault in outlook.warnings
        ],
    }


def _channel(item: ChannelOutlook) -> Mapping[str, object]:
    return {
        "recipients": item.recipients,
        "targets": item.targets,
        "units": item.units,
        "cost": item.cost,
        "first_seconds": item.first,
        "last_seconds": item.last,
        "messages": [asdict(message) for message in item.messages],
    }


def _clock(clock: ClockOutlook) -> Mapping[str, object]:
    return {
        "now": clock.now.isoformat(),
        "onset": clock.onset.isoformat() if clock.onset else None,
        "last_told_seconds": clock.last,
        "late": clock.late,
        "release_by": clock.release_by.isoformat() if clock.release_by else None,
        "remedy": asdict(clock.remedy) if clock.remedy else None,
    }
