"""Patrol plan, rounds, the sections they passed; defects hang on rounds; when a section came into the register."""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "patrol_beat",
        sa.Column("section_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_patrol_beat_district_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_patrol_beat_person_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_patrol_beat_section_id")),
        sa.PrimaryKeyConstraint("section_id", name=op.f("pk_patrol_beat")),
    )
    with op.batch_alter_table("patrol_beat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patrol_beat_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patrol_beat_person_id"), ["person_id"], unique=False)

    op.create_table(
        "patrol_round",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("inspector_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("weather", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_doubtful", sa.Boolean(), nullable=False),
        sa.Column("clock_off_s", sa.Integer(), nullable=True),
        sa.Column("reconstructed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('running', 'paused', 'ended')", name=op.f("ck_patrol_round_state")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_patrol_round_district_id")),
        sa.ForeignKeyConstraint(["inspector_id"], ["person.id"], name=op.f("fk_patrol_round_inspector_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_round")),
        sa.UniqueConstraint("district_id", "client_id", name=op.f("uq_patrol_round_district_id_client_id")),
        sa.UniqueConstraint("district_id", "number", name=op.f("uq_patrol_round_district_id_number")),
    )
    with op.batch_alter_table("patrol_round", schema=None) as batch_op:
        batch_op.create_index("ix_patrol_round_inspector", ["inspector_id", "started_at"], unique=False)
        batch_op.create_index("ix_patrol_round_started", ["district_id", "started_at", "id"], unique=False)

    op.create_table(
        "patrol_rule",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=3), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_patrol_rule_district_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_patrol_rule_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_rule")),
    )
    with op.batch_alter_table("patrol_rule", schema=None) as batch_op:
        batch_op.create_index("ix_patrol_rule_grade", ["district_id", "grade", "starts_on"], unique=False)

    op.create_table(
        "patrol_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("off_m", sa.Integer(), nullable=True),
        sa.CheckConstraint("how = 'position' OR reason <> ''", name=op.f("ck_patrol_pass_reason")),
        sa.CheckConstraint("how IN ('position', 'hand')", name=op.f("ck_patrol_pass_how")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_patrol_pass_district_id")),
        sa.ForeignKeyConstraint(["round_id"], ["patrol_round.id"], name=op.f("fk_patrol_pass_round_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_patrol_pass_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_pass")),
        sa.UniqueConstraint("round_id", "section_id", name=op.f("uq_patrol_pass_round_id_section_id")),
    )
    with op.batch_alter_table("patrol_pass", schema=None) as batch_op:
        batch_op.create_index("ix_patrol_pass_day", ["district_id", "passed_on", "section_id"], unique=False)
        batch_op.create_index("ix_patrol_pass_section", ["section_id", "passed_on"], unique=False)

    with op.batch_alter_table("defect", schema=None) as batch_op:
        batch_op.add_column(sa.Column("round_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("round_client_id", sa.String(length=36), nullable=True))
        batch_op.create_index("ix_defect_round", ["round_id"], unique=False)
        batch_op.create_index("ix_defect_round_client", ["round_client_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_defect_round_id"), "patrol_round", ["round_id"], ["id"])

    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Go back from it."""
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.drop_column("added_on")

    with op.batch_alter_table("defect", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_defect_round_id"), type_="foreignkey")
        batch_op.drop_index("ix_defect_round_client")
        batch_op.drop_index("ix_defect_round")
        batch_op.drop_column("round_client_id")
        batch_op.drop_column("round_id")

    with op.batch_alter_table("patrol_pass", schema=None) as batch_op:
        batch_op.drop_index("ix_patrol_pass_section")
        batch_op.drop_index("ix_patrol_pass_day")

    op.drop_table("patrol_pass")
    with op.batch_alter_table("patrol_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_patrol_rule_grade")

    op.drop_table("patrol_rule")
    with op.batch_alter_table("patrol_round", schema=None) as batch_op:
        batch_op.drop_index("ix_patrol_round_started")
        batch_op.drop_index("ix_patrol_round_inspector")

    op.drop_table("patrol_round")
    with op.batch_alter_table("patrol_beat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patrol_beat_person_id"))
        batch_op.drop_index(batch_op.f("ix_patrol_beat_district_id"))

    op.drop_table("patrol_beat")
