"""What Prometheus may count; labels are closed words, never an address or an id."""

from prometheus_client import Counter

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
