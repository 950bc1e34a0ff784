"""What every view needs: load-or-404, cursor pages, safe redirects, addresses of files with their content's mark."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response

from roadworks.base import files
from roadworks.base.db import db
from roadworks.base.errors import BadInput, NotFound
from roadworks.base.quantities import whole_number

T = TypeVar("T")
LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9_\-./?=&%,:+~@!$'()*;\[\]]*")
PAGE_SIZE = 50


def one(statement: Select[T]) -> T:
    """The one row of a statement that is already scoped to the person; raises NotFound."""
    found = db.session.scalars(statement).unique().one_or_none()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows; `next` and `previous` are cursors, None at the ends."""

    rows: Sequence[T]
    next: str | None = None
    previous: str | None = None


def paged(
    statement: Select[T],
    key: InstrumentedAttribute[Any],
    tie: InstrumentedAttribute[int],
    *,
    cursor: str | None = None,
    descending: bool = True,
    size: int = PAGE_SIZE,
    columns: bool = False,
) -> Page[Any]:
    """One page of `statement` ordered by `key`, then `tie`; the cost does not grow with the page's depth.

    The rows are things, or with `columns` tuples of what was selected, `key` and `tie` among it.

    Raises BadInput on a cursor that this function did not make.
    """
    backwards, value, row_id = _read_cursor(cursor, key) if cursor else (False, None, None)
    falling = descending != backwards
    if cursor:
        statement = statement.where(_beyond(key, tie, value, row_id, falling))
    order = [c.desc() if falling else c.asc() for c in (key, tie)]
    statement = statement.order_by(*order).limit(size + 1)
    rows = list(db.session.execute(statement) if columns else db.session.scalars(statement).unique())
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    return Page(
        rows,
        next=_cursor("n", key, tie, rows[-1]) if rows and (more or backwards) else None,
        previous=_cursor("p", key, tie, rows[0]) if rows and (backwards and more or cursor and not backwards) else None,
    )


def _beyond(key: Any, tie: Any, value: Any, row_id: Any, falling: bool) -> ColumnElement[bool]:
    past, edge, tied = (
        (key < value, key <= value, tie < row_id) if falling else (key > value, key >= value, tie > row_id)
    )
    return and_(edge, or_(past, tied))


def _cursor(way: str, key: Any, tie: Any, row: Any) -> str:
    value = getattr(row, key.key)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    packed = json.dumps([way, text, getattr(row, tie.key)], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, key: Any) -> tuple[bool, Any, int]:
    try:
        way, text, row_id = json.loads(base64.urlsafe_b64decode(cursor[:400] + "=" * (-len(cursor[:400]) % 4)))
        if way not in {"n", "p"} or not isinstance(row_id, int) or abs(row_id) > 2**62:
            raise ValueError(cursor)
        return way == "p", _as(key.type.python_type, str(text)), row_id
    except (ValueError, TypeError, ArithmeticError, binascii.Error) as error:
        raise BadInput() from error


def _as(kind: type, text: str) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment
    if kind is int:
        value = int(text[:20])
        if abs(value) > 2**62:
            raise ValueError(text)
        return value
    return Decimal(text[:30]) if kind is Decimal else text


def safe_next(url: str | None) -> str | None:
    """The address if it leads to a page of ours, else None."""
    if not url or len(url) > 2000 or not LOCAL.fullmatch(url):
        return None
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or parts.path.startswith("//") or "/.." in parts.path:
        return None
    return None if re.search(r"%(0[0-9a-f]|1[0-9a-f]|5c)", url[:6], re.IGNORECASE) else url


def back_or(endpoint: str, **values: Any) -> Response:
    """Redirect to where the form says it came from (`next`), else to `endpoint`."""
    return redirect(safe_next(request.form.get("next")) or url_for(endpoint, **values))


def link(text: str, url: str) -> Markup:
    """A link to tell beside what was done."""
    return Markup('<a href="{}">{}</a>').format(url, text)


def seen_version() -> int:
    """The version of the thing that the person saw when pressing the button; raises BadInput."""
    found = whole_number(request.form.get("version"))
    if found is None:
        raise BadInput()
    return found


def asset(filename: str) -> str:
    """The address of a file in static/ with the mark of its folder, so that it may be cached for ever.

    Asked a dozen times a page: kept for the process, for files change with a new release only.
    """
    kept: dict[tuple[str, str], str] = current_app.extensions["addresses"]
    key = (request.script_root if request else "", "static/" + filename)
    if key not in kept:
        kept[key] = url_for("static", filename=files.marked(filename) or filename)
    return kept[key]


def address(endpoint: str, **values: Any) -> str:
    """`url_for`, which a page asks dozens of times: without values the answer is kept for the process."""
    if values or not request:
        return url_for(endpoint, **values)
    kept: dict[tuple[str, str], str] = current_app.extensions["addresses"]
    key = (request.script_root, endpoint)
    if key not in kept:
        kept[key] = url_for(endpoint)
    return kept[key]


class RowId(IntegerConverter):
    """A row's id in an address: what no database could hold leads nowhere."""

    def __init__(self, url_map: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": 2**31 - 1, **kwargs})


def here() -> str:
    """The address of this page, to come back to it; empty where it is not one of ours."""
    return safe_next(request.full_path.rstrip("?")) or "" if request.method == "GET" else ""


def init_app(app: Flask) -> None:
    """Give templates `asset` and `here`, bound the ids in addresses."""
    app.extensions["addresses"] = {}
    app.jinja_env.globals.update(asset=asset, here=here, url_for=address)
    app.url_map.converters["int"] = RowId
