"""The tables of ladders, and of the lists of people to be told face to face."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from warnbroker.store.tables import Instant, metadata

# Where people stand on the ladder of their alert's level, and when to look at them again.
ladder = Table(
    "ladder",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", Integer, nullable=False),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("since", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("last_at", Instant),
    Column("delayed_by", String, nullable=False, server_default=""),
    Index("ix_ladder_due", "rank", "due_at"),
    sqlite_with_rowid=False,
)

# The steps that were taken; ``turn`` is the list or plan that took those who wait up.
escalation = Table(
    "escalation",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("action", String, nullable=False),
    Column("region", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", String, nullable=False),
    Column("messages", Integer, nullable=False, server_default="0"),
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("waits", Boolean, nullable=False, server_default=false()),
    Index("ix_escalation_at", "at"),
    sqlite_with_rowid=False,
)
Index(
    "ix_escalation_waits",
    escalation.c.action,
    escalation.c.alert_id,
    sqlite_where=text("waits = 1"),
    postgresql_where=text("waits"),
)

# Lists of people to be told face to face, each in the hands of one contact person or officer;
# the one without a holder is the desk's.
doorstep_list = Table(
    "doorstep_list",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", BigInteger, nullable=False),
    Column("action", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("holder_id", BigInteger, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("told_of", Integer, nullable=False, server_default="0"),
    Column("tellings", Integer, nullable=False, server_default="0"),
    UniqueConstraint("alert_id", "action", "holder_id"),
    UniqueConstraint("alert_id", "number"),
    Index("ix_doorstep_list_holder", "holder_id", "id"),
)

doorstep = Table(
    "doorstep",
    metadata,
    Column("list_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("alert_id", BigInteger, nullable=False),
    Column("subscriber_id", BigInteger, nullable=False),
    Column("region", String, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("list_id", "subscriber_id"),
    Index("ix_doorstep_subscriber", "alert_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

doorstep_answer = Table(
    "doorstep_answer",
    metadata,
    Column("alert_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", String, primary_key=True),
    Column("id", BigInteger, nullable=False),
    Column("answer", String, nullable=False),
    Column("by", String, nullable=False),
    Column("via", String, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
