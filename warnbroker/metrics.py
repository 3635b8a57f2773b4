"""What Prometheus may count; labels are closed words, never an address or an id."""

from prometheus_client import Counter, Gauge

ALERTS = Counter(
    "warnbroker_alerts",
    "Alerts accepted",
    ["level", "msg_type"],
)
RECEIPTS = Counter(
    "warnbroker_receipts",
    "Receipts recorded, repeats included",
    ["provider", "state"],
)
DELAYS = Counter(
    "warnbroker_delays",
    "Times that a delivery was held back, by what delayed it",
    ["channel", "cause"],
)
PROVIDER_SHARE = Gauge(
    "warnbroker_provider_share",
    "What a provider gets of what it gets when all are well, 0 with an open breaker",
    ["channel", "provider"],
)
PROVIDER_ERRORS = Gauge(
    "warnbroker_provider_errors",
    "Share of late sends that failed at a provider",
    ["channel", "provider"],
)
PROVIDER_LATENCY = Gauge(
    "warnbroker_provider_receipt_seconds",
    "Median of the newest times from a send to its receipt",
    ["channel", "provider"],
)
