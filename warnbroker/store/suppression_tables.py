"""The tables of what people and providers want us not to send."""

from sqlalchemy import BigInteger, Column, Index, String, Table, text

from warnbroker.store.tables import Instant, delivery, evidence, metadata

IS_REFUSAL = text("reason IN ('opted_out', 'recipient') AND attempt > 0")
HAS_FAILED = text("state = 'FAILED_PERM'")
_STANDS = text("lifted_at IS NULL")

# Rows are never deleted, and change once: when they are lifted.
suppression = Table(
    "suppression",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("address_id", BigInteger, nullable=False),
    Column("scope", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("source", String, nullable=False),
    Column("ref", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", String, nullable=False, server_default=""),
    Index("ix_suppression_address_id", "address_id"),
)
Index(
    "ix_suppression_standing",
    suppression.c.address_id,
    suppression.c.scope,
    suppression.c.reason,
    unique=True,
    sqlite_where=_STANDS,
    postgresql_where=_STANDS,
)

# What was said to us and by which name of the provider's, so that a repeat is known.
heard = Table(
    "heard",
    metadata,
    Column("channel", String, primary_key=True),
    Column("ref", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_heard_at", "at"),
    sqlite_with_rowid=False,
)

# How far a reader of a growing table has come.
cursor = Table(
    "cursor",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

# The few pieces of evidence that speak of an address rather than of a try.
Index(
    "ix_evidence_refusal",
    evidence.c.id,
    sqlite_where=IS_REFUSAL,
    postgresql_where=IS_REFUSAL,
)
Index(
    "ix_delivery_failed",
    delivery.c.address_id,
    delivery.c.channel,
    delivery.c.alert_id,
    sqlite_where=HAS_FAILED,
    postgresql_where=HAS_FAILED,
)
