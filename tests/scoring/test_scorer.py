"""Laws of scores, and the way from a folder and a path to them."""

import math
import statistics
import subprocess
import sys

import pytest
from PIL import Image

from mgiqa import Score, Scorer
from mgiqa.attributes import KEYS
from mgiqa.dialogue.answer import write_answer
from mgiqa.errors import ImageError, MissingInput
from tests.toy_model import save_toy_model, toy_images

REASONS = dict.fromkeys(KEYS, "as it looks")
SCORES = [dict.fromkeys(KEYS, value) for value in (2.0, 2.5, 4.2)]
TEXTS = [write_answer(scores, REASONS) for scores in SCORES]


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return Scorer(save_toy_model(tmp_path_factory.mktemp("toy")), device="cpu")


def test_a_score_is_the_mean_of_its_answers():
    score = Score.of(TEXTS)
    assert score.mean == {key: pytest.approx(2.9) for key in KEYS}
    assert score.overall == pytest.approx(2.9)
    assert score.spread["noise"] == pytest.approx(statistics.stdev([2.0, 2.5, 4.2]))


def test_an_unreadable_answer_counts_for_nothing_but_is_kept():
    score = Score.of([TEXTS[0], "no idea", TEXTS[2]])
    assert score.mean["color"] == pytest.approx(3.1)
    assert [failure.text for failure in score.failures] == ["no idea"]
    assert len(score.answers) == len(score.texts) == 3


def test_without_a_readable_answer_there_is_no_number():
    score = Score.of(["no idea"])
    assert set(score.mean.values()) == set(score.spread.values()) == {None}
    assert math.isnan(score.overall)
    assert score.reasoning == {}


def test_the_overall_score_is_read_as_the_model_tells():
    text = write_answer(dict.fromkeys(KEYS, 3.0) | {"overall": 4.0}, REASONS)
    assert Score.of([text]).mean == {**dict.fromkeys(KEYS, 3.0), "overall": 4.0}
    assert Score.of([text], "joined").mean == {**dict.fromkeys(KEYS, 3.0), "overall": pytest.approx(3.5)}


def test_one_answer_has_no_spread():
    assert set(Score.of(TEXTS[:1]).spread.values()) == {None}


def test_reasoning_is_that_of_the_first_readable_answer():
    assert Score.of(["no idea", *TEXTS]).reasoning == REASONS


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


def test_a_damaged_image_is_named(scorer, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    with pytest.raises(ImageError, match=r"broken\.jpg"):
        scorer.score([tmp_path / "broken.jpg"])


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
