"""An index for the map of what is not closed: its cost must not grow with the years."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_index("ix_defect_state_place", "defect", ["district_id", "state", "lon", "lat"])


def downgrade() -> None:
    """Go back from it."""
    op.drop_index("ix_defect_state_place", "defect")
