"""How small phones make photos, by district; whether a photo's original is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("district") as table:
        table.add_column(sa.Column("photo_px", sa.Integer(), server_default="2048", nullable=False))
        table.add_column(sa.Column("photo_quality", sa.Integer(), server_default="86", nullable=False))
        table.add_column(sa.Column("photo_original", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("photo") as table:
        table.add_column(sa.Column("original", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Go back from it."""
    with op.batch_alter_table("photo") as table:
        table.drop_column("original")
    with op.batch_alter_table("district") as table:
        table.drop_column("photo_original")
        table.drop_column("photo_quality")
        table.drop_column("photo_px")
