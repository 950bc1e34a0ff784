"""Refusals: what a verb raises when the answer is no; mapped to HTTP once, in base/refusals.py."""

from typing import Any


class Refusal(Exception):
    """A no with a reason for the person; `status` is its HTTP answer."""

    status = 400

    def __init__(self, message: Any = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class BadInput(Refusal):
    """What was sent makes no sense; `field` names the place of the fault."""

    status = 400

    def __init__(self, message: Any = "", field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Faults(BadInput):
    """Several fields at fault: `faults` is field → sentence."""

    def __init__(self, faults: dict[str, Any]) -> None:
        super().__init__(next(iter(faults.values())), field=next(iter(faults)))
        self.faults = faults


class NotAllowed(Refusal):
    """This person may not do this."""

    status = 403


class NotFound(Refusal):
    """It is not there, or not in this person's district: the two look the same."""

    status = 404


class Conflict(Refusal):
    """The thing is not as the person believed; `thing` is its present form."""

    status = 409

    def __init__(self, message: Any = "", thing: Any = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.thing = thing


class WrongStep(Conflict):
    """The state does not allow this step."""


class GateShut(Conflict):
    """The step needs papers or facts that are missing; `facts["missing"]` lists them."""


class Stale(Conflict):
    """Somebody changed it since the person saw it."""


class TooMany(Refusal):
    """Asked too often; `facts["retry_after"]` is in seconds."""

    status = 429


class Unavailable(Refusal):
    """The system cannot do it now, and may soon; answered with Retry-After."""

    status = 503
