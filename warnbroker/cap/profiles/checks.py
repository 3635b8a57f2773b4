"""The small checks of profiles that data cannot say, by the name that a row calls them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from warnbroker.cap.document import quote
from warnbroker.cap.rules import area as area_rules
from warnbroker.cap.rules import comparison, moments
from warnbroker.cap.rules.rule import Finding, at, infos
from warnbroker.model.alert import Alert
from warnbroker.model.enums import Status

# 3GPP TS 23.038: the basic alphabet and its extension table.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€"
)
_PHONE_TEXTS = frozenset({"CMAMtext", "CMAMlongtext"})


def local_times(alert: Alert) -> Iterator[Finding]:
    """Find the times that are written in UTC."""
    times = [("sent", alert.sent)]
    for path, info in infos(alert):
        named = (("effective", info.effective), ("onset", info.onset), ("expires", info.expires))
        times += [(f"{path}/{name}", moment) for name, moment in named if moment]
    for path, moment in times:
        if moment.utcoffset() == timedelta(0):
            yield at(path)


def gsm_characters(alert: Alert) -> Iterator[Finding]:
    """Find texts for phones with characters outside the GSM alphabet."""
    for path, info in infos(alert):
        for index, pair in enumerate(info.parameters):
            if pair.name in _PHONE_TEXTS and not set(pair.value) <= _GSM:
                yield at(f"{path}/parameter[{index}]", shown=quote(pair.value))


def outlined_areas(alert: Alert) -> Iterator[Finding]:
    """Find infos whose place is told in codes or words alone."""
    for path, info in infos(alert):
        if info.areas and not any(area.polygons or area.circles for area in info.areas):
            yield at(f"{path}/area[0]")


def not_a_test(alert: Alert) -> Iterator[Finding]:
    """Find a test."""
    if alert.status is Status.TEST:
        yield at("status")


def awareness_matches_severity(alert: Alert) -> Iterator[Finding]:
    """Find infos whose awareness_level names another severity than their own."""
    for path, info in infos(alert):
        stated = info.parameter("awareness_level") or ""
        word = stated.rpartition(";")[2].strip()
        if word and word != info.severity:
            yield at(f"{path}/severity", shown=quote(stated), severity=info.severity)


def _timeless(
    find: Callable[[Alert, datetime], Iterator[Finding]],
) -> Callable[[Alert], Iterator[Finding]]:
    """Take a rule of the table that does not look at the clock."""
    return lambda alert: find(alert, datetime.max.replace(tzinfo=UTC))


CHECKS: Mapping[str, Callable[[Alert], Iterator[Finding]]] = {
    "awareness_matches_severity": awareness_matches_severity,
    "effective_before_expires": _timeless(moments.effective_before_expires),
    "gsm_characters": gsm_characters,
    "local_times": local_times,
    "not_a_test": not_a_test,
    "outlined_areas": outlined_areas,
    "placed_areas": _timeless(area_rules.place_present),
    "same_categories": _timeless(comparison.same_categories),
    "same_event_codes": _timeless(comparison.same_event_codes),
    "same_events": _timeless(comparison.same_event),
}
"""What each finds stands beside the texts of the row."""
