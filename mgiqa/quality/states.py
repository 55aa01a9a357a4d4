"""What became of one attribute of one answer."""

from enum import IntEnum


class State(IntEnum):
    """Whether an attribute of an answer has a reward, and if not, why.

    Attributes:
        LIVE: labelled, comparable and read: it has a reward.
        MASKED: the image has no label or too few partners here: the whole group says nothing of this attribute.
        FAILED: labelled and comparable, but no score could be read.
    """

    LIVE = 0
    MASKED = 1
    FAILED = 2


LIVE, MASKED, FAILED = State.LIVE, State.MASKED, State.FAILED
