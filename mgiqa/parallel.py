"""Work on files beside other work: in order, with memory that does not grow with their number.

Threads suffice, since reading, hashing and decoding all release the interpreter lock.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Entry = TypeVar("Entry")
Result = TypeVar("Result")
_END = object()


def in_parallel(work: Callable[[Entry], Result], items: Iterable[Entry], workers: int = 0) -> Iterator[Result]:
    """Yields ``work(item)`` for each item, in order, from many small jobs on all cores.

    Only a few items per worker are in flight, so results do not pile up when the consumer is slow.

    Args:
        work: the job; what it raises is raised here.
        items: read as they are needed.
        workers: threads; 0 takes one for each core that this process may use.
    """
    workers = workers or len(os.sched_getaffinity(0))
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for job in waiting:
                job.cancel()


def ahead(items: Iterator[Entry]) -> Iterator[Entry]:
    """Yields the items, and makes the next one while the last one is used; what they raise is raised here."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, items, _END)
            yield item  # type: ignore[misc]  # no item is _END
            del item
