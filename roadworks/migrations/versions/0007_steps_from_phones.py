"""Steps that came from phones, by the ids they got there."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "sent_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_sent_step_district_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_sent_step_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sent_step_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_step")),
        sa.UniqueConstraint("district_id", "client_id", name=op.f("uq_sent_step_district_id_client_id")),
    )
    with op.batch_alter_table("sent_step", schema=None) as batch_op:
        batch_op.create_index("ix_sent_step_order_id", ["order_id"], unique=False)


def downgrade() -> None:
    """Go back from it."""
    op.drop_table("sent_step")
