"""What a training learns from next is opened while it learns."""

import threading
from types import SimpleNamespace

import numpy as np

from mgiqa.images.loader import ImageLoader
from mgiqa.settings.training import Warmup
from mgiqa.training.prefetch import Prefetch
from mgiqa.training.sft.fine_tune import fine_tune


class Watched(ImageLoader):
    """Notes what is expected, and by which threads files are opened."""

    def __init__(self) -> None:
        super().__init__(memory=0)
        self.expected: list[list[str]] = []
        self.threads: list[str] = []

    def expect(self, paths) -> None:
        listed = list(paths)
        self.expected.append([path.stem for path in listed])
        super().expect(listed)

    def _opened(self, path):
        self.threads.append(threading.current_thread().name)
        return super()._opened(path)


def steps(count, first=0):
    return [SimpleNamespace(global_step=step) for step in range(first, count)]


def test_two_batches_ahead_are_opened_also_after_a_resumption_and_where_a_batch_lasts_for_two_steps(training):
    loader = Watched()
    batches = list(np.arange(24).reshape(4, 6))
    names = [[training.paths[row].stem for row in rows] for rows in batches]
    callback = Prefetch(training.through(loader), batches)
    callback.on_train_begin(None, SimpleNamespace(global_step=1), None)
    for state in steps(4, 1):
        callback.on_step_begin(None, state, None)
    assert loader.expected == [names[1] + names[2], names[3]]
    loader.expected.clear()
    callback = Prefetch(training.through(loader), batches, steps=2)
    for state in steps(8):
        callback.on_step_begin(None, state, None)
    assert loader.expected == [names[2], names[3]]


def test_the_images_of_a_warm_up_are_all_opened_beside_it(build, processor, training, tmp_path):
    from mgiqa.models.load import LoadedModel

    loader = Watched()
    options = Warmup(steps=4, batch=4, learning_rate=1e-3)
    fine_tune(LoadedModel(build(), processor, {}), training.through(loader), options, seed=0, work=tmp_path)
    assert len(loader.threads) == 16
    assert "MainThread" not in loader.threads
