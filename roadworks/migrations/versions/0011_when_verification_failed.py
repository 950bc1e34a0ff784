"""When an order failed verification last: no photo from before it proves the rework."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision; orders that failed before it go on as they were."""
    op.add_column("work_order", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back from it."""
    op.drop_column("work_order", "failed_at")
