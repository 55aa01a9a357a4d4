"""Cases that hypothesis draws, each judged in bounded time."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

LONGEST = 3000
"""Characters that are shown of a find."""
SLOWEST = 5.0
"""Seconds of a core that a case may take."""


def must(holds: bool, find: str) -> None:
    """Raises with a few words where something does not hold."""
    if not holds:
        raise AssertionError(find)


def judged(cases: SearchStrategy[Any], judge: Callable[[Any], str], count: int, number: int) -> bool:
    """Draws cases and prints what became of them.

    Args:
        cases: what is drawn.
        judge: says in a word what became of a case, or raises.
        count: number of cases.
        number: the seed.

    Returns:
        Whether nothing was raised and nothing took too long. A find is printed, as small as it could be made.
    """
    became: Counter[str] = Counter()
    slowest = 0.0

    def case(value: Any) -> None:
        nonlocal slowest
        begun = time.process_time()
        became[judge(value)] += 1
        slowest = max(slowest, time.process_time() - begun)
        must(time.process_time() - begun < SLOWEST, "it took too long")

    drawn = settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
    )
    held = True
    try:
        seed(number)(drawn(given(cases)(case)))()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the find
        held = False
        notes = "\n  ".join(getattr(error, "__notes__", ()))
        print(f"  a find: {type(error).__name__}: {str(error)[:LONGEST]}\n  {notes[:LONGEST]}")
    print(f"  {sum(became.values())} cases, the slowest in {slowest:.2f} s")
    for word, number in became.most_common():
        print(f"  {number:8} {word}")
    return held
