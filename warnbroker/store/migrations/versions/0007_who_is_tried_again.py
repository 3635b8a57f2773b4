"""Who was tried and is to be tried again is found without a walk through all that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    """Make the change."""
    is_tried = sa.text("state = 'RETRY_WAIT'")
    op.create_index(
        "ix_delivery_tried",
        "delivery",
        ["alert_id", "channel", "rank", "due_at"],
        sqlite_where=is_tried,
        postgresql_where=is_tried,
    )
