"""Rates that all processes share, and what is known of providers' health."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "rate",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("used_until", sa.Double()),
        sa.Column("low_used_until", sa.Double()),
        sa.Column("grave_until", sa.Double()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate")),
    )
    op.create_table(
        "provider_health",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider", "owner", name=op.f("pk_provider_health")),
    )
