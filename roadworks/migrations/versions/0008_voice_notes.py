"""What was said at the place."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "voice_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("defect_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name="fk_voice_note_defect_id"),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name="fk_voice_note_district_id"),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name="fk_voice_note_uploaded_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_voice_note"),
        sa.UniqueConstraint("defect_id", "sha256", name="uq_voice_note_defect_id_sha256"),
    )
    op.create_index("ix_voice_note_kept", "voice_note", ["uploaded_by_id", "sha256"])


def downgrade() -> None:
    """Go back from it."""
    op.drop_index("ix_voice_note_kept", "voice_note")
    op.drop_table("voice_note")
