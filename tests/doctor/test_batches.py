from typing import Any

import pytest

from mgiqa.doctor.batches import batch_faults
from mgiqa.settings import check_settings

TWO = {"engine": "ddp", "processes": 2}


def faults(**sections: Any) -> list[str]:
    return [str(fault) for fault in batch_faults(check_settings(sections))]


def test_the_defaults_have_no_fault() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ({"train": {"accumulate": 3}}, "32 images cannot be shared evenly by 1 processes × 3 parts"),
        # 7 images × 4 answers would be 14 a process: 3 whole groups and a half
        ({"train": {"images": 7, "answers": 4, "least": 4}, "launch": TWO}, "Make train.images a multiple of 2."),
        ({"warmup": {"batch": 6, "accumulate": 4}}, "Make warmup.batch a multiple of 4."),
        ({"train": {"images": 4, "answers": 8}}, "train.images is 4, less than the 8"),
        (
            {"train": {"images": 33, "answers": 8, "sampling": "per_rank"}, "launch": TWO},
            "multiple of launch.processes",
        ),
        ({"train": {"datasets": ["spaq", "live"]}}, "train.datasets names live, which ingest.datasets does not"),
        ({"evaluate": {"datasets": ["spaq", "live"]}}, "evaluate.datasets names live, which ingest.datasets does not"),
        ({"train": {"reward": "l2"}}, "train.reward: there is no reward named 'l2'. Choose one of"),
        ({"train": {"reward_options": {"gama": 1}}}, "Did you mean gamma?"),
        # 4 images on two processes: one partner each, where two are needed
        (
            {"train": {"images": 4, "least": 2, "reward_options": {"partners": "local"}}, "launch": TWO},
            "an image has at most 1 partners, and the reward needs 2",
        ),
        (
            {"train": {"reward_options": {"partners": "local", "local_images": 2}}},
            "an image has at most 1 partners, and the reward needs 2",
        ),
        ({"train": {"reward_options": {"local_images": 4}}}, "local_images is set, and partners is gathered"),
    ],
)
def test_what_cannot_be_is_named_with_what_can(sections: dict[str, Any], sentence: str) -> None:
    found = faults(**sections)
    assert any(sentence in fault for fault in found), found


def test_all_faults_are_named_at_once() -> None:
    assert len(faults(train={"accumulate": 3, "reward": "l2"}, warmup={"batch": 6, "accumulate": 4})) == 3
