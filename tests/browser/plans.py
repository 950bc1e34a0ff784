"""What may happen to a phone and its queue, drawn so that the shortest story that fails is easy to read.

An act never asks for what cannot be: it chooses among what can be done when its turn comes, by a number.
"""

from hypothesis import strategies as st

# What a request meets on its way. The last three hold the answer back, and meanwhile the page begins anew, is killed by
# the phone, or the person goes on.
TROUBLES = ("", "lost", "reply", "damaged", "busy", "expired", "restart", "killed", "meanwhile")
WHO = ("inspector", "crew")

shots = st.lists(st.integers(0, 5), max_size=3, unique=True)
sound = st.sampled_from((None, 0, 1))
some = st.lists(st.integers(0, 7), min_size=1, max_size=4)

act = st.one_of(
    st.tuples(st.just("file"), shots, sound, st.booleans()),
    st.tuples(st.just("add"), shots, sound, st.booleans()),
    st.tuples(st.just("step"), st.integers(0, 2), some, shots),
    st.tuples(st.just("walk"), some),
    st.sampled_from((("send",), ("restart",), *(("sign in", who) for who in WHO))),
)
acts = st.lists(act, min_size=2, max_size=20)
troubles = st.lists(st.sampled_from(TROUBLES), max_size=12)
