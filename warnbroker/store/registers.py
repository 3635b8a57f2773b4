"""The tables of what people decided, did and reported, beside those of the fan-out."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from warnbroker.store.tables import Instant, metadata

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("event", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("origin", String),
    Column("signature", LargeBinary),
    Index("ix_audit_subject", "subject", "sequence"),
    Index("ix_audit_at", "at", "sequence"),
)

decision = Table(
    "decision",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("act", String, nullable=False),
    Column("step", String, nullable=False),
    Column("issuer_id", BigInteger, nullable=False),
    Column("person", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    Column("origin", String, nullable=False),
    sqlite_with_rowid=False,
)

incident = Table(
    "incident",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("authority", String, nullable=False),
    Column("hazard", String, nullable=False),
    Column("region", String, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("known_at", Instant, nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("warning_id", String, nullable=False),
    Column("issuer_id", BigInteger, nullable=False),
    Column("person", String, nullable=False),
    sqlite_with_rowid=False,
)

finding = Table(
    "finding",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("people", JSON, nullable=False),
    Column("verdict", String, nullable=False),
    Column("decided_at", Instant),
    Column("person", String, nullable=False),
    Column("remark", Text, nullable=False),
)

contingency_plan = Table(
    "contingency_plan",
    metadata,
    Column("code", String, primary_key=True),
    Column("authority", String, nullable=False),
    Column("names", JSON, nullable=False),
    Column("hazard", String, nullable=False),
    Column("region", String, nullable=False),
    Column("document", String, nullable=False),
    Column("adopted_at", Instant, nullable=False),
    Column("retired", Boolean, nullable=False),
)

drill = Table(
    "drill",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("plan_code", String, nullable=False),
    Column("alert", String(26), nullable=False),
    Column("held_at", Instant, nullable=False),
    Column("participants", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("remarks", Text, nullable=False),
    Column("person", String, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    UniqueConstraint("plan_code", "held_at", "alert"),
    Index("ix_drill_plan_code", "plan_code", "held_at"),
)
