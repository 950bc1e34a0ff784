"""Which maintenance grade a road had before; what the trail tells of it is read once."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


ZONE = ZoneInfo("Asia/Shanghai")
EVENT = sa.table(
    "event",
    *(sa.column(name) for name in ("id", "verb", "thing_type", "thing_id", "after")),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("changes", sa.JSON()),
)


def _day(moment: datetime) -> date:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return aware.astimezone(ZONE).date()


def _changes(connection: sa.Connection) -> dict[int, list[tuple[str | None, str | None, date]]]:
    """Road → its grade before and after each change that is told, and the day, oldest first."""
    edits = sa.select(EVENT.c.thing_id, EVENT.c.changes, EVENT.c.at).order_by(EVENT.c.id)
    edits = edits.where(EVENT.c.thing_type == "road", EVENT.c.verb.in_(("network.edit", "network.import")))
    found: dict[int, list[tuple[str | None, str | None, date]]] = {}
    for road_id, changes, at in connection.execute(edits):
        if "maintenance_grade" in changes:
            before, after = changes["maintenance_grade"]
            found.setdefault(road_id, []).append((before, after, _day(at)))
    return found


def _imports(connection: sa.Connection) -> dict[int, list[date]]:
    """Road → the days on which an import changed one of its sections or the road with it, oldest first."""
    section = sa.table("section", sa.column("id"), sa.column("road_id"))
    rows = sa.select(section.c.road_id, EVENT.c.at).join(section, section.c.id == EVENT.c.thing_id)
    rows = rows.where(EVENT.c.thing_type == "section", EVENT.c.verb == "network.import", EVENT.c.after == "changed")
    found: dict[int, list[date]] = {}
    for road_id, at in connection.execute(rows.order_by(EVENT.c.id)):
        found.setdefault(road_id, []).append(_day(at))
    return found


def past(
    changes: list[tuple[str | None, str | None, date]], now: str | None, imports: list[date]
) -> dict[date, str | None]:
    """The first day on which a grade no longer held → the grade.

    An import of before changed grades and did not say so: where two edits do not fit together, it was the last one between them.
    """
    found: dict[date, str | None] = {}
    known, since = changes[0][0], date.min
    for before, after, day in [*changes, (now, now, date.max)]:
        between = [one for one in imports if since <= one <= day]
        if before != known and between:
            found.setdefault(between[-1], known)
        if day != date.max:
            found.setdefault(day, before)
        known, since = after, day
    return found


def _read_the_trail() -> None:
    connection = op.get_bind()
    changes, imports = _changes(connection), _imports(connection)
    road = sa.table("road", *(sa.column(name) for name in ("id", "district_id", "maintenance_grade")))
    columns = (sa.column(name) for name in ("district_id", "road_id", "grade"))
    table = sa.table("past_grade", *columns, sa.column("until_on", sa.Date()))
    for row in connection.execute(sa.select(road)).all():
        if row.id in changes:
            told = past(changes[row.id], row.maintenance_grade, imports.get(row.id, []))
            same = {"district_id": row.district_id, "road_id": row.id}
            rows = [{**same, "grade": grade, "until_on": day} for day, grade in told.items()]
            connection.execute(table.insert(), rows)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "past_grade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("road_id", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=3), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_past_grade_district_id")),
        sa.ForeignKeyConstraint(["road_id"], ["road.id"], name=op.f("fk_past_grade_road_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_grade")),
        sa.UniqueConstraint("road_id", "until_on", name=op.f("uq_past_grade_road_id_until_on")),
    )
    op.create_index(op.f("ix_past_grade_district_id"), "past_grade", ["district_id"])
    _read_the_trail()


def downgrade() -> None:
    """Go back from it."""
    op.drop_index(op.f("ix_past_grade_district_id"), "past_grade")
    op.drop_table("past_grade")
