"""What may happen to a phone and its queue, drawn so that the shortest story that fails is easy to read.

An act never asks for what cannot be: it chooses among what can be done when its turn comes, by a number.
"""

from typing import Any

from hypothesis import strategies as st

# What a photo or record meets on its way; away is the network itself, before anything is sent. The last three hold the
# answer back, and meanwhile the page begins anew, is killed by the phone, or the person goes on.
TROUBLES = ("", "lost", "reply", "reply", "damaged", "damaged", "away", "busy", "expired")
TROUBLES += ("restart", "restart", "killed", "meanwhile", "meanwhile")
WHO = ("inspector", "crew")

shots = st.lists(st.integers(0, 5), max_size=3, unique=True)
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


troubles = st.lists(st.sampled_from(TROUBLES), min_size=2, max_size=10)
