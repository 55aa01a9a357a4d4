"""Laws of scores, and the way from a folder and a path to them."""

import math
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from mgiqa import Score, Scorer
from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.errors import MissingInput
from mgiqa.images.bounds import FORMATS, Bounds
from mgiqa.images.loader import OPENERS
from mgiqa.scoring import portions
from tests.toy_model import save_toy_model, toy_images

REASONS = dict.fromkeys(KEYS, "as it looks")
SCORES = [dict.fromkeys(KEYS, value) for value in (2.0, 2.5, 4.2)]
TEXTS = [write_answer(scores, REASONS) for scores in SCORES]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_toy_model(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def scorer(model: Path) -> Scorer:
    return Scorer(model, device="cpu")


def test_a_score_is_the_mean_of_its_answers():
    score = Score.of(TEXTS, "direct")
    assert score.mean == {key: pytest.approx(2.9) for key in KEYS}
    assert score.overall == pytest.approx(2.9)
    assert score.spread["noise"] == pytest.approx(statistics.stdev([2.0, 2.5, 4.2]))


def test_an_unreadable_answer_counts_for_nothing_but_is_kept():
    score = Score.of([TEXTS[0], "no idea", TEXTS[2]], "direct")
    assert score.mean["color"] == pytest.approx(3.1)
    assert [failure.text for failure in score.failures] == ["no idea"]
    assert len(score.answers) == len(score.texts) == 3


def test_without_a_readable_answer_there_is_no_number():
    score = Score.of(["no idea"], "direct")
    assert set(score.mean.values()) == set(score.spread.values()) == {None}
    assert math.isnan(score.overall)
    assert score.reasoning == {}


def test_the_overall_score_is_read_as_the_model_tells():
    text = write_answer(dict.fromkeys(KEYS, 3.0) | {"overall": 4.0}, REASONS)
    assert Score.of([text], "direct").mean == {**dict.fromkeys(KEYS, 3.0), "overall": 4.0}
    assert Score.of([text], "pooled").mean == {**dict.fromkeys(KEYS, 3.0), "overall": pytest.approx(3.5)}


def test_one_answer_has_no_spread():
    assert set(Score.of(TEXTS[:1], "direct").spread.values()) == {None}


def test_reasoning_is_that_of_the_first_readable_answer():
    assert Score.of(["no idea", *TEXTS], "direct").reasoning == REASONS


def test_a_format_of_ones_own_is_scored_where_the_scorer_is_told_so(model, scorer, tmp_path):
    path = tmp_path / "photo.ppm"
    toy_images(1)[0].save(path)
    asked = [path, path.read_bytes()]
    assert all("no image in a format that is read" in score.fault for score in scorer.score(asked, max_tokens=4))
    trusting = Scorer(model, device="cpu", bounds=Bounds(formats=(*FORMATS, "PPM")))
    assert trusting.score(asked, max_tokens=4) == scorer.score(toy_images(1) * 2, max_tokens=4)


def test_paths_and_images_get_the_same_scores(scorer, tmp_path):
    images = toy_images(2)
    for index, image in enumerate(images):
        image.save(tmp_path / f"{index}.png")
    from_paths = scorer.score([tmp_path / "0.png", str(tmp_path / "1.png")], max_tokens=4)
    assert from_paths == scorer.score(images, max_tokens=4)


def test_several_answers_are_drawn_by_default(scorer):
    (score,) = scorer.score(toy_images(1), answers=3, max_tokens=8)
    assert len(set(score.texts)) > 1


def test_transparency_is_laid_over_white(scorer):
    clear = Image.new("RGBA", (84, 84), (0, 0, 0, 0))
    assert scorer.score([clear], max_tokens=4) == scorer.score([Image.new("RGB", (84, 84), "white")], max_tokens=4)


def test_an_image_that_cannot_be_opened_is_one_record_and_costs_no_other_its_score(scorer, tmp_path):
    good = toy_images(3)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    good[0].save(tmp_path / "good.png")
    endless = Image.new("RGB", (5000, 2))
    asked = [
        good[1],
        tmp_path / "broken.jpg",
        endless,
        tmp_path / "good.png",
        b"no image",
        "https://a.b/c.png",
        good[2],
    ]
    scores = scorer.score(asked, max_tokens=4)
    assert [scores[index] for index in (3, 0, 6)] == scorer.score(good, max_tokens=4)
    faults = [score.fault for score in scores]
    assert [bool(fault) for fault in faults] == [False, True, True, False, True, True, False]
    assert faults[1].startswith(f"{tmp_path}/broken.jpg is no image in a format that is read")
    assert "5000 × 2 pixels, more than 200 times" in faults[2]
    assert faults[4].startswith("the image is no image in a format that is read")
    assert faults[5].startswith("https://a.b/c.png is an address, and nothing is fetched")
    assert all(math.isnan(score.overall) and score.answers == () for score in scores if score.fault)


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (28, 5600), (2, 3)])
def test_whatever_is_let_in_is_scored(scorer, size):
    (score,) = scorer.score([Image.new("RGB", size, "gray")], max_tokens=2)
    assert len(score.answers) == 1


def test_scores_come_while_images_are_still_read(scorer, monkeypatch):
    monkeypatch.setattr(portions, "_TOGETHER", 2)
    asked = iter(toy_images(40))
    scores = scorer.stream(asked, max_tokens=2)
    assert [next(scores).texts for _ in range(2)]
    assert len(list(asked)) >= 40 - 2 - 4 * OPENERS


def test_two_threads_that_ask_one_model_get_the_same_scores_as_one(scorer):
    """A model of this family keeps where its images lie, from the first token to the last."""
    batches = [toy_images(3, seed)[start:] for seed in range(3) for start in range(2)]
    alone = [scorer.score(batch, max_tokens=8) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda batch: scorer.score(batch, max_tokens=8), batches * 3)) == alone * 3


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(MissingInput, match=str(tmp_path)):
        Scorer(tmp_path)


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, mgiqa; sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'pandas', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_folder_without_a_model_is_refused_before_torch_is_loaded(tmp_path):
    program = (
        "import sys; from mgiqa.cli import main\n"
        f"sys.argv = ['mgiqa', 'score', 'photo.jpg', '--model', {str(tmp_path)!r}]\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'transformers', 'mlflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "holds no model" in done.stderr
    assert done.stdout.strip() == "[]"
