"""What finishing an order needs: a measure and a photo for each of its defects; a make-safe order only the photo."""

from collections.abc import Iterable

from roadworks.defects.models import Photo
from roadworks.workflow.transitions import need
from roadworks.workorders.models import OrderLine, WorkOrder


def measured(line: OrderLine) -> bool:
    """Whether the line has its measure: m² on carriageway and sidewalk; m², or m, or 0 on ancillary facilities."""
    if line.surface == "ancillary":
        return line.mended_m2 is not None or line.mended_m is not None
    return line.mended_m2 is not None and line.mended_m2 > 0


@need("live_defect")
def empty(order: WorkOrder) -> list[str]:
    """An order whose defects have all left it mends nothing: it would count as one in time."""
    return [] if order.live_lines else [order.number]


@need("measured_area")
def unmeasured(order: WorkOrder) -> list[str]:
    """The numbers of the defects without a measure; making safe is not measured."""
    if order.purpose == "make_safe":
        return []
    return [line.defect.number for line in order.live_lines if not measured(line)]


def new_proofs(line: OrderLine, shown: Iterable[Photo] = ()) -> list[Photo]:
    """The pictures that prove the work as it is now, here or just `shown`: none from before verification failed last.

    One that is handed in once more is there already.
    """
    there = {photo.sha256 for photo in line.proof_photos}
    every = [*line.proof_photos, *(photo for photo in shown if photo.sha256 not in there)]
    failed_at = line.order.failed_at
    return [photo for photo in every if failed_at is None or photo.uploaded_at > failed_at]


@need("after_photo")
def without_photo(order: WorkOrder) -> list[str]:
    """The numbers of the defects without a photo after the work, or after the rework."""
    return [line.defect.number for line in order.live_lines if not new_proofs(line)]


@need("made_safe")
def not_made_safe(order: WorkOrder) -> list[str]:
    """A make-safe order is done when the place is safe."""
    return [order.number] if order.purpose == "make_safe" and order.made_safe_at is None else []


def to_make_safe(order: WorkOrder) -> bool:
    """Whether its place is still to be made safe: by a clock of its own, or because that is all the order is for."""
    return order.made_safe_at is None and (order.make_safe_due_at is not None or order.purpose == "make_safe")
