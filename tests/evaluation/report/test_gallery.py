"""Laws of the choice of images."""

import base64
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from mgiqa.evaluation.report.gallery import Case, choose
from mgiqa.workspace import Workspace
from tests.bench import write_bench
from tests.evaluation.report.test_page import evidence_of


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory):
    return evidence_of(write_bench(Workspace(tmp_path_factory.mktemp("bench"))))


@pytest.fixture(scope="module")
def gallery(evidence) -> dict[str, list[Case]]:
    return choose(evidence, 9)


def gap(case: Case) -> float:
    assert case.ranks is not None
    return abs(case.ranks[0] - case.ranks[1])


def test_the_best_lie_nearer_to_people_than_the_worst(gallery):
    assert len(gallery["best"]) == len(gallery["worst"]) == 3
    assert max(map(gap, gallery["best"])) < min(map(gap, gallery["worst"]))


def test_the_best_are_of_different_qualities(gallery):
    humans = [case.ranks[0] for case in gallery["best"]]
    assert humans == sorted(humans)
    assert humans[-1] - humans[0] > 1 / 3


def test_failed_answers_have_a_reason_and_no_score(gallery):
    (case,) = gallery["failed"]
    assert case.failure == "<answer> is not closed"
    assert case.ranks is None
    assert all(line.model is None for line in case.lines)


def test_a_case_shows_the_image_that_was_judged(gallery):
    for case in gallery["best"]:
        image = Image.open(BytesIO(base64.b64decode(case.picture.partition(",")[2])))
        assert image.size == (84, 84)


def test_a_case_has_scores_of_people_and_model_and_the_reason(gallery):
    case = gallery["best"][0]
    overall = case.lines[-1]
    assert overall.label == "Overall, direct"
    assert overall.human is not None
    assert overall.model is not None
    assert overall.reason == "the overall is judged"


def test_an_image_that_is_gone_leaves_a_place_and_the_others(tmp_path):
    evidence = evidence_of(write_bench(Workspace(tmp_path)))
    whole = choose(evidence, 9)
    first = whole["best"][0]
    (tmp_path / "data" / "raw" / first.dataset.lower().replace("-", "") / "images" / first.name).unlink()
    again = choose(evidence, 9)
    assert again["best"][0] == replace(first, picture="")
    assert again["best"][1:] == whole["best"][1:]


def test_a_gallery_of_none_is_empty(evidence):
    assert choose(evidence, 0) == {"best": [], "worst": [], "failed": []}
