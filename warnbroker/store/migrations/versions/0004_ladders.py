"""Where people stand on their ladders, the steps taken, and the lists from door to door."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0006"


def upgrade() -> None:
    """Make the change."""
    _make_ladder()
    _make_escalation()
    _make_lists()
    _make_doorsteps()
    op.create_index("ix_delivery_subscriber", "delivery", ["alert_id", "subscriber_id"])


def _make_ladder() -> None:
    op.create_table(
        "ladder",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger()),
        sa.Column("delayed_by", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "subscriber_id", name=op.f("pk_ladder")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ladder_due", "ladder", ["rank", "due_at"])


def _make_escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("messages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "subscriber_id", "step", name=op.f("pk_escalation")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_escalation_at", "escalation", ["at"])
    op.create_index(
        "ix_escalation_waits",
        "escalation",
        ["action", "alert_id"],
        sqlite_where=sa.text("waits = 1"),
        postgresql_where=sa.text("waits"),
    )


def _make_lists() -> None:
    op.create_table(
        "doorstep_list",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("told_of", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tellings", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doorstep_list")),
        sa.UniqueConstraint("alert_id", "number", name=op.f("uq_doorstep_list_alert_id_number")),
        sa.UniqueConstraint(
            "alert_id",
            "action",
            "holder_id",
            name=op.f("uq_doorstep_list_alert_id_action_holder_id"),
        ),
    )
    op.create_index("ix_doorstep_list_holder", "doorstep_list", ["holder_id", "id"])


def _make_doorsteps() -> None:
    op.create_table(
        "doorstep",
        sa.Column("list_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "number", name=op.f("pk_doorstep")),
        sa.UniqueConstraint(
            "list_id", "subscriber_id", name=op.f("uq_doorstep_list_id_subscriber_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_doorstep_subscriber", "doorstep", ["alert_id", "subscriber_id"])
    op.create_table(
        "doorstep_answer",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "alert_id", "subscriber_id", "ref", name=op.f("pk_doorstep_answer")
        ),
        sqlite_with_rowid=False,
    )
