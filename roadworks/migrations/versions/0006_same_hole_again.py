"""Same hole again: which defect repeats a mended one, warranty of small repairs, additions of phones."""

from datetime import timedelta
from math import cos, hypot, radians

import sqlalchemy as sa
from alembic import op


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


METRES_PER_DEGREE = 111_320.0
NEAR_M, DAYS = 15, 731


def _mark_repeats() -> None:
    """Mark what was filed before by the rule that filings follow from now on: same type, 15 m, 24 months, the nearest."""
    connection = op.get_bind()
    names = ("id", "district_id", "state", "type_code", "lon", "lat", "found_at", "closed_at", "order_id")
    moments = {"found_at", "closed_at"}
    columns = [
        sa.column(n, sa.DateTime(timezone=True)) if n in moments else sa.column(n) for n in (*names, "repeat_of_id")
    ]
    table = sa.table("defect", *columns)
    rows = connection.execute(sa.select(*(table.c[n] for n in names)).where(table.c.lon.is_not(None))).all()
    mended: dict[tuple[object, ...], list[sa.Row]] = {}
    for row in rows:
        if row.state == "closed" and row.order_id is not None and row.closed_at is not None:
            mended.setdefault(_cell(row), []).append(row)
    for row in rows:
        around = [b for step in range(-1, 2) for b in mended.get(_cell(row, step), ()) if _again(b, row)]
        if around:
            nearest = min(around, key=lambda before: (_metres(before, row), -before.id))
            connection.execute(table.update().where(table.c.id == row.id).values(repeat_of_id=nearest.id))


def _cell(row: sa.Row, step: int = 0) -> tuple[object, ...]:
    """Strips of latitude wider than the rule's distance."""
    return row.district_id, row.type_code, int(row.lat * METRES_PER_DEGREE / (2 * NEAR_M)) + step


def _metres(before: sa.Row, row: sa.Row) -> float:
    east = (row.lon - before.lon) * cos(radians((row.lat + before.lat) / 2))
    return hypot(east, row.lat - before.lat) * METRES_PER_DEGREE


def _again(before: sa.Row, row: sa.Row) -> bool:
    lasted = row.found_at - before.closed_at
    return timedelta(0) < lasted <= timedelta(days=DAYS) and _metres(before, row) <= NEAR_M


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "addition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("defect_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_addition_defect_id")),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_addition_district_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_addition_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addition")),
        sa.UniqueConstraint("district_id", "client_id", name=op.f("uq_addition_district_id_client_id")),
    )
    with op.batch_alter_table("addition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addition_defect_id"), ["defect_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_addition_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("defect", schema=None) as batch_op:
        batch_op.add_column(sa.Column("repeat_of_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("repeat_reason", sa.String(length=300), nullable=True))
        batch_op.create_index("ix_defect_repeat_of", ["repeat_of_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_defect_repeat_of_id"), "defect", ["repeat_of_id"], ["id"])

    with op.batch_alter_table("district", schema=None) as batch_op:
        batch_op.add_column(sa.Column("repair_warranty_months", sa.Integer(), server_default="12", nullable=False))

    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("warranty_repair", sa.Boolean(), server_default=sa.false(), nullable=False))

    _mark_repeats()


def downgrade() -> None:
    """Go back from it."""
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.drop_column("warranty_repair")

    with op.batch_alter_table("district", schema=None) as batch_op:
        batch_op.drop_column("repair_warranty_months")

    with op.batch_alter_table("defect", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_defect_repeat_of_id"), type_="foreignkey")
        batch_op.drop_index("ix_defect_repeat_of")
        batch_op.drop_column("repeat_reason")
        batch_op.drop_column("repeat_of_id")

    with op.batch_alter_table("addition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_addition_person_id"))
        batch_op.drop_index(batch_op.f("ix_addition_defect_id"))

    op.drop_table("addition")
