"""${message}."""

import sqlalchemy as sa
from alembic import op
import warnbroker.store.tables

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Make the change."""
    ${upgrades}


def downgrade() -> None:
    """Take it back."""
    ${downgrades}
