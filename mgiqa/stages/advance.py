"""A progress bar for work that reports its steps by calling back; lines in the log for those who follow from afar."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LOG = logging.getLogger(__name__)
LINES = 20
"""Log lines of one piece of work; fewer if it has fewer steps."""


@contextmanager
def advancing(title: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """Yields a function to call with the number of steps that are done, and a few words on how it goes.

    The bar shows at a terminal alone; in logs and in CI there is none.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total, words="")

        def advance(step: int, words: str) -> None:
            progress.update(task, completed=step, words=words)
            if step % max(1, total // LINES) == 0:
                LOG.info("%s: step %d of %d, %s", title, step, total, words)

        yield advance
