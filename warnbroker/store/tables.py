"""The tables of the ledger, the same for SQLite and PostgreSQL.

Keys of everything that belongs to an alert start with ``alert_id``, so that the tables can
be partitioned by it. Instants are microseconds since 1970 in UTC.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    or_,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


# The rows of a batch share most of their instants.
@lru_cache(maxsize=4096)
def instant(value: int) -> datetime:
    """Return the moment that is so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=value)


def _instant(value: int | None) -> datetime | None:
    return None if value is None else instant(value)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as an integer: microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Write the integer."""
        return None if value is None else microseconds(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what reads the integer; a function of its own costs less than a method."""
        return _instant


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

authority = Table(
    "authority",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", String, nullable=False, unique=True),
)

issuer = Table(
    "issuer",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("authority_id", BigInteger, nullable=False),
    Column("name", String, nullable=False, unique=True),
    Column("sender", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("jurisdictions", JSON, nullable=False),
    Column("hazards", JSON, nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("person", String, nullable=False, server_default=""),
    Column("authority", String, nullable=False, server_default=""),
    Column("highest_level", String, nullable=False, server_default=""),
    Column("on_behalf", JSON, nullable=False, server_default="[]"),
    Column("rate", Float, nullable=False, server_default="0"),
    Column("expires_at", Instant),
)

region = Table(
    "region",
    metadata,
    Column("code", String, primary_key=True),
    Column("authority_id", BigInteger, nullable=False),
    Column("names", JSON, nullable=False),
    Column("parent", String),
    Column("population", Integer, nullable=False),
    Column("geocodes", JSON, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("authority", String, nullable=False),
    Column("geometry", LargeBinary, nullable=False),
)

address = Table(
    "address",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("keyed_hash", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("key_id", String, nullable=False),
    UniqueConstraint("kind", "keyed_hash"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("language", String, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("cell", BigInteger),
    Column("min_level", String, nullable=False),
    Column("categories", String, nullable=False),
    Column("channels", String, nullable=False),
    Column("quiet_hours", String, nullable=False),
    Column("role", String, nullable=False),
    Column("drills", Boolean, nullable=False),
    Index("ix_subscriber_cell", "cell", "id"),
    Index("ix_subscriber_role", "role", "id"),
)

subscriber_address = Table(
    "subscriber_address",
    metadata,
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),
    Column("address_id", BigInteger, nullable=False),
    Index("ix_subscriber_address_address", "address_id"),
    sqlite_with_rowid=False,
)

subscriber_region = Table(
    "subscriber_region",
    metadata,
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("region_code", String, primary_key=True),
    Index("ix_subscriber_region_code", "region_code", "subscriber_id"),
    sqlite_with_rowid=False,
)

alert = Table(
    "alert",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("public_id", String(26), nullable=False, unique=True),
    Column("warning_id", String(26), nullable=False, index=True),
    Column("authority_id", BigInteger, nullable=False),
    Column("issuer_id", BigInteger, nullable=False),
    Column("sender", String, nullable=False),
    Column("identifier", String, nullable=False),
    Column("sent", Instant, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("msg_type", String, nullable=False),
    Column("level", String, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("received", LargeBinary, nullable=False),
    Column("content_type", String, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("published_at", Instant),
    Column("planned_at", Instant),
    Column("first_handoff_at", Instant),
    Column("last_handoff_at", Instant),
    Column("expires", Instant, nullable=False),
    Column("stopped_at", Instant),
    Column("stopped_by", String(26)),
    Column("stopped_as", String),
    Column("audience", JSON),
    Column("status", String, nullable=False, server_default="Actual"),
    Column("scope", String, nullable=False, server_default="Public"),
    Column("internal", Boolean, nullable=False, server_default=false()),
    Column("fingerprint", LargeBinary),
    Column("area", LargeBinary),
    Column("flow", String, nullable=False, server_default=""),
    Column("released_at", Instant),
    Column("remind_at", Instant),
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("escalate_at", Instant),
    Column("countersign_by", Instant),
    Column("relayed", Boolean, nullable=False, server_default=false()),
    Column("defects", JSON, nullable=False, server_default="[]"),
    Column("signature", String, nullable=False, server_default=""),
    Column("people", Integer),
    UniqueConstraint("sender", "identifier"),
    Index("ix_alert_state", "state", "rank", "id"),
    Index("ix_alert_fingerprint", "fingerprint", "received_at"),
)

reference = Table(
    "reference",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("public_id", String(26), primary_key=True),
    Index("ix_reference_public_id", "public_id"),
    sqlite_with_rowid=False,
)

message = Table(
    "message",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("group_index", Integer, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("since", String(26), nullable=False, server_default=""),
    UniqueConstraint("alert_id", "channel", "language", "kind", "group_index", "since"),
    sqlite_with_rowid=False,
)

delivery = Table(
    "delivery",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("dedupe_key", LargeBinary, nullable=False),
    Column("channel", String, nullable=False),
    Column("subscriber_id", BigInteger),
    Column("address_id", BigInteger),
    Column("target", String),
    Column("message_id", BigInteger, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("task", String),
    Column("due_at", Instant),
    Column("claimed_by", String),
    Column("attempts", Integer, nullable=False, default=0),
    Column("told", Boolean, nullable=False, default=False),
    Column("late", Boolean, nullable=False, default=False),
    Column("conflict", Boolean, nullable=False, default=False),
    Column("duplicates", Integer, nullable=False, default=0),
    Column("avoid", String, nullable=False, server_default=""),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("delayed_by", String, nullable=False, server_default=""),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("alert_id", "dedupe_key"),
    Index("ix_delivery_subscriber", "alert_id", "subscriber_id"),
    sqlite_with_rowid=False,
)
Index(
    "ix_delivery_due",
    delivery.c.task,
    delivery.c.alert_id,
    delivery.c.channel,
    delivery.c.rank,
    delivery.c.due_at,
    sqlite_where=delivery.c.task.is_not(None),
    postgresql_where=delivery.c.task.is_not(None),
)

# Those that were tried and are to be tried again: few, and looked for by themselves.
IS_TRIED = delivery.c.state == literal_column("'RETRY_WAIT'")
Index(
    "ix_delivery_tried",
    delivery.c.alert_id,
    delivery.c.channel,
    delivery.c.rank,
    delivery.c.due_at,
    sqlite_where=IS_TRIED,
    postgresql_where=IS_TRIED,
)

# The few that were found to have arrived after all: they may be owed a correction.
IS_LATE = and_(delivery.c.told, or_(delivery.c.late, delivery.c.conflict))
Index(
    "ix_delivery_late",
    delivery.c.alert_id,
    delivery.c.id,
    sqlite_where=IS_LATE,
    postgresql_where=IS_LATE,
)

attempt = Table(
    "attempt",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("repeat", Boolean, nullable=False),
    Column("provider", String, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("provider", String, primary_key=True),
    Column("state", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("id", BigInteger, nullable=False),
    Column("reason", String),
    Column("provider_ref", String, nullable=False),
    Column("at", Instant),
    Column("received_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# Attempts by the names that providers gave them, for receipts that name nothing else.
provider_ref = Table(
    "provider_ref",
    metadata,
    Column("provider", String, primary_key=True),
    Column("ref", String, primary_key=True),
    Column("alert_id", BigInteger, nullable=False),
    Column("delivery_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    sqlite_with_rowid=False,
)

orphan = Table(
    "orphan",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("alert", String, nullable=False),
    Column("delivery_id", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("receipt", JSON, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("ref", String, nullable=False, server_default=""),
    Index("ix_orphan_alert", "alert", "delivery_id"),
    Index("ix_orphan_ref", "ref"),
)

# How much of each rate is used up, in seconds since 1970 (store/rates.py).
rate = Table(
    "rate",
    metadata,
    Column("key", String, primary_key=True),
    Column("used_until", Double),
    Column("low_used_until", Double),
    Column("grave_until", Double),
)

# How each process finds the providers; the newest row of a provider is what is known.
provider_health = Table(
    "provider_health",
    metadata,
    Column("channel", String, primary_key=True),
    Column("provider", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("report", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
