"""What may happen to a phone and its queue, drawn so that the shortest story that fails is easy to read.

An act never asks for what cannot be: it chooses among what can be done when its turn comes, by a number.
"""

from typing import Any

from hypothesis import strategies as st

# What a photo or record meets on its way. The last three hold the answer back, and meanwhile the page begins anew, is
# killed by the phone, or the person goes on.
TROUBLES = ("", "lost", "reply", "damaged", "busy", "expired", "restart", "killed", "meanwhile")
# To each door of the server: how many of them are drawn at most, and what is drawn more often there, for it is rarely met
# at the moment at which it matters: the round that grows while it is sent, the photo that lets the next record go before.
DOORS = {
    "photos": (9, ("damaged",) * 6),
    "voices": (1, ()),
    "filings": (2, ()),
    "additions": (1, ()),
    "notes": (2, ()),
    "steps": (2, ("reply",) * 2),
    "rounds": (3, ("meanwhile",) * 5),
}
WHO = ("inspector", "crew")

shots = st.lists(st.integers(0, 3), max_size=3, unique=True)
sound = st.sampled_from((None, 0, 1))
some = st.lists(st.integers(0, 7), min_size=1, max_size=4)

form = st.tuples(st.sampled_from(("file", "file", "add")), shots, sound, st.booleans())
step = st.tuples(st.just("step"), st.integers(0, 3), some, shots)
walk = st.tuples(st.just("walk"), some)
other = st.sampled_from((("send",), ("send",), ("restart",), *(("sign in", who) for who in WHO)))


@st.composite
def days(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What is done on a day, some of everything, in any order."""
    done: list[tuple[Any, ...]] = [*draw(st.lists(form, min_size=2, max_size=4))]
    done += draw(st.lists(walk, min_size=1, max_size=3))
    done += draw(st.lists(step, min_size=1, max_size=3))
    done += draw(st.lists(other, max_size=4))
    return draw(st.permutations(done))


met = {door: st.lists(st.sampled_from((*TROUBLES, *often)), max_size=most) for door, (most, often) in DOORS.items()}
troubles = st.fixed_dictionaries({**met, "hello": st.lists(st.sampled_from(("", "lost", "busy")), max_size=3)})
