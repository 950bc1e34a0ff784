"""That photos were lost is a fact, not a sentence in the language of who brought the record in."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What was written as the reason, in Chinese and in English.
WRITTEN = ("照片已在手机上丢失。", "The photo was lost on the phone.")
DEFECT = sa.table("defect", sa.column("no_photo_reason", sa.String(length=200)), sa.column("photo_lost", sa.Boolean()))


def upgrade() -> None:
    """Go to this revision."""
    op.add_column("defect", sa.Column("photo_lost", sa.Boolean(), server_default=sa.false(), nullable=False))
    written = DEFECT.c.no_photo_reason.in_(WRITTEN)
    op.execute(DEFECT.update().where(written).values(photo_lost=sa.true(), no_photo_reason=None))


def downgrade() -> None:
    """Go back from it."""
    lost = DEFECT.c.photo_lost & DEFECT.c.no_photo_reason.is_(None)
    op.execute(DEFECT.update().where(lost).values(no_photo_reason=WRITTEN[0]))
    op.drop_column("defect", "photo_lost")
