"""How far long work is: a bar at a terminal, and elsewhere a line every so often, so that it is never silent.

Where the library's log is listened to, the line goes there: Dagster does so (``mgiqa.execution.messages``). In all
other places without a terminal, such as the log of a CI, it goes to standard error.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_LOG = logging.getLogger(__name__)
LINE = re.compile(r"(\w[^:]*: )+\d+( of \d+)?(, .+)?")
"""The form of a line: stage and work, steps that are done, a few words, and the time that is left."""
INTERVAL = 30.0
"""Seconds from one line to the next, at least."""

Item = TypeVar("Item")


class Work:
    """Work under way, which is told how far it is.

    Args:
        title: stage and work, such as ``train: learning to rank``.
        total: number of steps; None where nobody knows.
        every: seconds from one line to the next, at least.
        draw: is given the steps that are done and the words, each time.
    """

    def __init__(self, title: str, total: int | None, every: float, draw: Callable[[int, str], object]) -> None:
        self.title, self.total, self.every, self.draw = title, total, every, draw
        self.done, self.begun = 0, time.monotonic()
        self.said = self.begun
        self._first: tuple[float, int] | None = None

    def at(self, done: int, words: str = "") -> None:
        """So many steps are done; ``words`` say how it goes, such as a figure."""
        self.done, now = done, time.monotonic()
        self.draw(done, words)
        self._first = self._first or (now, done)
        since = self.begun if done == self.total else self.said  # the end of long work is always told
        if _is_first() and now - since >= self.every:
            self.said = now
            of = f" of {self.total}" if self.total else ""
            _say(", ".join(part for part in (f"{self.title}: {done}{of}", words, self._left(now)) if part))

    def by(self, steps: int) -> None:
        """So many more steps are done."""
        self.at(self.done + steps)

    def _left(self, now: float) -> str:
        """How long the rest takes if it goes on as since the first call, before which things were loaded; and a run
        that was resumed did not do all steps itself.
        """
        then, before = self._first or (now, self.done)
        if not self.total or not before < self.done < self.total:
            return ""
        return f"{in_words((now - then) / (self.done - before) * (self.total - self.done))} left"


@contextmanager
def progress_bar(title: str, total: int | None, every: float = INTERVAL) -> Iterator[Work]:
    """Yields work that can be told how far it is; see ``Work`` for the arguments.

    Its bar stands below that of the work which it is a part of. Of several processes the first alone speaks.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    shown = _is_first() and sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown) as progress:
        task = progress.add_task(title, total=total, words="")
        yield Work(title, total, every, lambda done, words: progress.update(task, completed=done, words=words))


def watched(items: Iterable[Item], title: str, total: int) -> Iterator[Item]:
    """Yields ``items`` and shows how far they are."""
    with progress_bar(title, total) as work:
        for item in items:
            yield item
            work.by(1)


def in_words(seconds: float) -> str:
    """A span of time in two units at most.

    >>> in_words(42.4), in_words(95), in_words(3 * 3600 + 20 * 60)
    ('42 s', '2 min', '3 h 20 min')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _is_first() -> bool:
    """Whether this is the first of several processes that a launcher has started, or the only one."""
    return os.environ.get("RANK", "0") == "0"


def _say(line: str) -> None:
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info(line)
    elif not sys.stderr.isatty():
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
