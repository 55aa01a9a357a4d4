"""Versions change with exactly what makes DVC run a stage again."""

import pytest

from orchestration.versions import code_version, data_version, made_by_stage, read_lock
from tests.orchestration.conftest import Pipeline

BASIS = ("python -m mgiqa train", {"seed": 0, "train": {"steps": 5, "kl": 0.02}}, {"mgiqa/train.py": "abc"})


@pytest.mark.parametrize(
    "other",
    [
        ("python -m mgiqa train --fast", BASIS[1], BASIS[2]),
        (BASIS[0], {"seed": 1, "train": {"steps": 5, "kl": 0.02}}, BASIS[2]),
        (BASIS[0], {"seed": 0, "train": {"steps": 5, "kl": 0.03}}, BASIS[2]),
        (BASIS[0], BASIS[1], {"mgiqa/train.py": "abd"}),
        (BASIS[0], BASIS[1], {"mgiqa/train.py": None}),
        (BASIS[0], BASIS[1], {"mgiqa/other.py": "abc"}),
    ],
)
def test_command_parameters_and_sources_make_another_code_version(other: tuple) -> None:
    assert code_version(*other) != code_version(*BASIS)


def test_the_order_of_parameters_does_not_matter() -> None:
    reordered = {"train": {"kl": 0.02, "steps": 5}, "seed": 0}
    assert code_version(BASIS[0], reordered, BASIS[2]) == code_version(*BASIS)


def test_the_data_version_of_one_output_is_the_hash_that_dvc_shows() -> None:
    assert data_version({"data/raw": "0123.dir"}) == "0123.dir"
    assert (
        data_version({"a": "1", "b": "2"}) == data_version({"b": "2", "a": "1"}) != data_version({"a": "2", "b": "1"})
    )


@pytest.mark.parametrize(
    ("path", "made"),
    [("data/raw/spaq", True), ("data/raw", True), ("data/raw/spaq/labels.csv", True), ("data/rawer", False)],
)
def test_a_path_is_made_by_a_stage_if_it_is_in_or_around_an_output(path: str, made: bool) -> None:
    assert made_by_stage(path, ["data/raw/spaq", "data/raw/para"]) is made


def test_the_lock_names_what_was_recorded(finished: Pipeline) -> None:
    lock = read_lock(finished.root)
    assert lock["train"].parameters == {"train": {"steps": 5}}
    assert set(lock["train"].dependencies) == {"code/train.py", "data/normalized"}
    assert lock["train"].dependencies["data/normalized"] == lock["normalize"].data_version


def test_without_a_lock_nothing_was_recorded(fresh: Pipeline) -> None:
    assert read_lock(fresh.root) == {}
