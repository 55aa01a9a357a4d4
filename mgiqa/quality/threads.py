"""One thread of BLAS: on matrices as small as here, more of them wait for each other with busy loops."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keeps BLAS to one thread inside, in a ``with`` statement or as a decorator; then it has as many as before."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    """Those that numpy and scipy have loaded."""
    return ThreadpoolController()
