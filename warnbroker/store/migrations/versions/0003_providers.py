"""Attempts know their provider, deliveries whom to avoid, orphans what to be matched by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "provider_ref",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "ref", name=op.f("pk_provider_ref")),
        sqlite_with_rowid=False,
    )
    op.add_column("attempt", sa.Column("provider", sa.String(), server_default="", nullable=False))
    op.add_column("delivery", sa.Column("avoid", sa.String(), server_default="", nullable=False))
    op.add_column("delivery", sa.Column("step", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "delivery", sa.Column("delayed_by", sa.String(), server_default="", nullable=False)
    )
    op.add_column("orphan", sa.Column("ref", sa.String(), server_default="", nullable=False))
    op.drop_index("ix_delivery_due", "delivery")
    has_task = sa.text("task IS NOT NULL")
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["task", "alert_id", "channel", "rank", "due_at"],
        sqlite_where=has_task,
        postgresql_where=has_task,
    )
    op.create_index("ix_orphan_alert", "orphan", ["alert", "delivery_id"])
    op.create_index("ix_orphan_ref", "orphan", ["ref"])
