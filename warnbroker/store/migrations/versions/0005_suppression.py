"""Suppressed addresses, what was heard of people, and texts that say what changed since when."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_OLD = "uq_message_alert_id_channel_language_kind_group_index"
_NEW = "uq_message_alert_id_channel_language_kind_group_index_since"
_KEY = ["alert_id", "channel", "language", "kind", "group_index"]


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger()),
        sa.Column("lifted_by", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index("ix_suppression_address_id", "suppression", ["address_id"])
    _partial(
        "ix_suppression_standing",
        "suppression",
        ["address_id", "scope", "reason"],
        "lifted_at IS NULL",
        unique=True,
    )
    op.create_table(
        "heard",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "ref", name=op.f("pk_heard")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_heard_at", "heard", ["at"])
    op.create_table(
        "cursor",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursor")),
    )
    refusal = "reason IN ('opted_out', 'recipient') AND attempt > 0"
    _partial("ix_evidence_refusal", "evidence", ["id"], refusal)
    failed = ["address_id", "channel", "alert_id"]
    _partial("ix_delivery_failed", "delivery", failed, "state = 'FAILED_PERM'")
    op.create_index("ix_subscriber_address_address", "subscriber_address", ["address_id"])
    how = {"sqlite_with_rowid": False}
    with op.batch_alter_table("message", table_kwargs=how) as batch:
        batch.add_column(sa.Column("since", sa.String(26), server_default="", nullable=False))
        batch.drop_constraint(op.f(_OLD), type_="unique")
        batch.create_unique_constraint(op.f(_NEW), [*_KEY, "since"])


def _partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
