import csv
from types import SimpleNamespace

import pytest

from mgiqa.errors import TrainingError
from mgiqa.reward.collapse import CollapseLimits
from mgiqa.training.grpo.callbacks import HistoryCallback, write_history

GOOD = {
    "loss": 0.1, "grad_norm": 0.5, "reward": 1.2, "kl": 0.01, "entropy": 0.6, "reward/overall": 0.9,
    "distinct/overall": 20.0, "image_spread/overall": 0.5, "unreadable/overall": 0.0, "masked/overall": 0.0,
}  # fmt: skip


def tell(history, step, **changed):
    history.on_log(None, SimpleNamespace(global_step=step, is_world_process_zero=True), None, logs=GOOD | changed)


def test_every_step_is_kept_and_passed_on():
    seen = []
    history = HistoryCallback(lambda figures, step: seen.append((step, figures["reward"])))
    tell(history, 1)
    tell(history, 2, reward=1.3)
    assert seen == [(1, 1.2), (2, 1.3)]
    assert [row["step"] for row in history.rows] == [1, 2]


@pytest.mark.parametrize("name", ["loss", "grad_norm", "kl"])
def test_what_is_no_number_stops_the_run_with_its_name(name):
    with pytest.raises(TrainingError, match=f"step 7: {name} is nan"):
        tell(HistoryCallback(), 7, **{name: float("nan")})


def test_scores_that_collapse_for_a_while_stop_the_run():
    history = HistoryCallback(limits=CollapseLimits(patience=3))
    tell(history, 1, **{"distinct/overall": 2.0})
    tell(history, 2, **{"distinct/overall": 2.0})
    with pytest.raises(TrainingError, match="only 2 different scores"):
        tell(history, 3, **{"distinct/overall": 2.0})


def test_one_bad_step_among_good_ones_does_not():
    history = HistoryCallback(limits=CollapseLimits(patience=3))
    for step in range(1, 8):
        tell(history, step, **{"distinct/overall": 2.0 if step % 3 == 0 else 20.0})


def test_the_end_of_training_is_no_step():
    history = HistoryCallback()
    history.on_log(None, SimpleNamespace(global_step=3, is_world_process_zero=True), None, logs={"train_runtime": 3.0})
    assert not history.rows


def test_a_restored_journal_still_remembers_what_led_to_a_collapse(tmp_path):
    history = HistoryCallback(limits=CollapseLimits(patience=3))
    tell(history, 1, **{"distinct/overall": 2.0})
    tell(history, 2, **{"distinct/overall": 2.0})
    history.save_state(tmp_path)
    other = HistoryCallback(limits=CollapseLimits(patience=3))
    other.load_state(tmp_path)
    with pytest.raises(TrainingError):
        tell(other, 3, **{"distinct/overall": 2.0})


def test_the_history_is_a_table_with_blanks_for_what_is_not_known(tmp_path):
    write_history([{"step": 1.0, "reward": 0.5, "seconds": 3.1}, {"step": 2.0, "kl": float("nan")}], tmp_path / "h.csv")
    with (tmp_path / "h.csv").open(encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [
            {"step": "1", "reward": "0.5", "kl": ""},
            {"step": "2", "reward": "", "kl": ""},
        ]
