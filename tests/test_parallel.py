"""Work on many files at once."""

import threading
import time

import pytest

from mgiqa.parallel import ahead, in_parallel


def test_results_come_in_the_order_of_items() -> None:
    assert list(in_parallel(lambda item: (time.sleep(item % 3 / 1000), item)[1], range(50), workers=8)) == list(
        range(50)
    )


def test_few_items_are_in_flight_however_many_there_are() -> None:
    items = iter(range(10_000))
    results = in_parallel(lambda item: item, items, workers=2)
    assert [next(results) for _ in range(5)] == list(range(5))
    assert next(items) <= 5 + 4 * 2


def test_an_error_in_one_job_is_raised_and_leaves_no_thread_working() -> None:
    def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    before = threading.active_count()
    with pytest.raises(ValueError, match="three"):
        list(in_parallel(work, range(100), workers=4))
    assert threading.active_count() == before


def test_the_next_item_is_made_while_the_last_one_is_used() -> None:
    made = []

    def items():
        for number in range(4):
            made.append(number)
            yield number
        done.set()

    done = threading.Event()
    coming = ahead(items())
    assert next(coming) == 0
    while len(made) < 2:
        time.sleep(0.001)
    time.sleep(0.01)
    assert made == [0, 1], "and no more than that"
    assert list(coming) == [1, 2, 3]
    assert done.is_set()


def test_what_is_raised_ahead_is_raised_in_its_place_and_leaves_no_thread_working() -> None:
    def items():
        yield 1
        raise ValueError("two")

    before, coming = threading.active_count(), ahead(items())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="two"):
        next(coming)
    stopped = ahead(iter(range(100)))
    assert next(stopped) == 0
    stopped.close()
    assert threading.active_count() == before
