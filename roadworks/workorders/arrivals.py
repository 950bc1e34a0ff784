"""A step on an order as a phone tells it, from its queue or from a rescue file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from roadworks.base.contract import NOT_UNDERSTOOD, as_form, moment
from roadworks.base.errors import BadInput
from roadworks.base.fields import UUID
from roadworks.base.quantities import whole_number
from roadworks.defects.rescue_list import MOST_SHOWN
from roadworks.defects.sync import hashes_of
from roadworks.workorders import moments
from roadworks.workorders.steps import AT_THE_PLACE

OWN = ("client_id", "order", "verb", "seen", "after", "at", "as_remark")


@dataclass(frozen=True)
class Arrival:
    """One step as the phone sent it; `after` is the id of its step before on the same order, `at` by our clock."""

    client_id: str
    order_id: int
    verb: str
    seen: int
    after: str
    at: datetime
    as_remark: bool
    fields: Mapping[str, str]
    hashes: Sequence[str]

    def content_hash(self) -> str:
        """What makes two sendings the same: all that was said and shown, not what the phone saw or when it was."""
        said = [self.order_id, self.verb, self.as_remark, dict(self.fields), sorted(self.hashes)]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def says(self, content_hash: str) -> bool:
        """Whether this is what was sent before: a step is the same one when it became a remark, by whichever door."""
        return any(replace(self, as_remark=late).content_hash() == content_hash for late in (False, True))


def read(told: Mapping[str, Any], hashes: Any, *, sent_at: str = "") -> Arrival:
    """The step as told; `sent_at` is what the phone's clock said when sending. Raises BadInput on nonsense."""
    said = as_form({name: value for name, value in told.items() if name != "photos"})
    client_id, verb, at = said.get("client_id", ""), "order." + said.get("verb", ""), said.get("at", "")
    if not UUID.fullmatch(client_id) or verb not in AT_THE_PLACE:
        raise BadInput(NOT_UNDERSTOOD, field="client_id" if verb in AT_THE_PLACE else "verb")
    return Arrival(
        client_id=client_id,
        order_id=_whole(said, "order"),
        verb=verb,
        seen=_whole(said, "seen"),
        after=said.get("after", ""),
        at=moments.true_age(moment(at, "at"), moment(sent_at, "at") if sent_at else None),
        as_remark=bool(said.get("as_remark")),
        fields={name: value for name, value in said.items() if name not in OWN},
        hashes=hashes_of(hashes, most=MOST_SHOWN),
    )


def _whole(said: Any, name: str) -> int:
    found = whole_number(said.get(name))
    if found is None:
        raise BadInput(NOT_UNDERSTOOD, field=name)
    return found
