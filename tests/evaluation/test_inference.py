"""Laws of asking a model about a benchmark: resumed and shared work gives the same answers."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

import mgiqa
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import ImageError
from mgiqa.evaluation import inference
from mgiqa.evaluation.inference import answers_key, ask
from mgiqa.scoring.generation import Decoding
from tests.toy_model import save_toy_model, toy_images

GREEDY = Decoding(max_tokens=4)
COUNT = 9


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_toy_model(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for index, image in enumerate(toy_images(COUNT)):
        image.save(folder / f"{index}.png")
    return folder


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr(inference, "SHARD", 4)
    return pd.DataFrame(
        {"path": [f"{index}.png" for index in range(COUNT)], "sha256": [f"{i:064d}" for i in range(COUNT)]}
    )


@pytest.fixture(scope="module")
def expected(model: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    table = pd.DataFrame({"path": [f"{index}.png" for index in range(COUNT)], "sha256": [str(i) for i in range(COUNT)]})
    return ask(model, table, root, GREEDY, tmp_path_factory.mktemp("whole"))


def test_shards_give_the_same_answers_as_the_whole(model, root, images, expected, tmp_path):
    assert ask(model, images, root, GREEDY, tmp_path) == expected
    assert len(list(tmp_path.glob("*.json"))) == 3


def test_finished_shards_are_not_asked_again(model, root, images, expected, tmp_path):
    ask(model, images.head(8), root, GREEDY, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.json")}
    assert ask(model, images, root, GREEDY, tmp_path) == expected
    assert all(file.stat().st_mtime_ns == changed for file, changed in before.items())


def test_with_all_shards_there_no_model_is_needed(model, root, images, expected, tmp_path):
    ask(model, images, root, GREEDY, tmp_path)
    assert ask(tmp_path / "no-model", images, root, GREEDY, tmp_path) == expected


def test_a_failure_keeps_what_was_finished(model, root, images, expected, tmp_path):
    broken = images.assign(path=[*images["path"][:6], "absent.png", *images["path"][7:]])
    with pytest.raises(
        ImageError, match=r"^1 of 9 images cannot be read any more, first: absent\.png is not there\. .*kept\.$"
    ):
        ask(model, broken, root, GREEDY, tmp_path)
    assert len(list(tmp_path.glob("*"))) == 2, "the shards before and after that of the image"
    assert ask(model, images, root, GREEDY, tmp_path) == expected


def test_several_processes_give_the_same_answers(model, root, images, expected, tmp_path):
    assert ask(model, images, root, GREEDY, tmp_path, processes=2) == expected


def test_a_killed_evaluation_goes_on_where_it_was(model, root, images, expected, tmp_path):
    images.to_parquet(tmp_path / "images.parquet")
    finished = tmp_path / "finished"
    script = (
        "import sys, pandas as pd; from pathlib import Path; from mgiqa.evaluation import inference as b;"
        "b.SHARD = 4; from mgiqa.scoring.generation import Decoding;"
        "m, r, t, f = map(Path, sys.argv[1:]);"
        "b.ask(m, pd.read_parquet(t), r, Decoding(max_tokens=4), f)"
    )
    arguments = [sys.executable, "-c", script, model, root, tmp_path / "images.parquet", finished]
    process = subprocess.Popen([str(part) for part in arguments])
    deadline = time.monotonic() + 120
    while not list(finished.glob("*.json")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = {file: file.stat().st_mtime_ns for file in finished.glob("*.json")}
    assert before
    assert ask(model, images, root, GREEDY, finished) == expected
    assert all(file.stat().st_mtime_ns == changed for file, changed in before.items())


def test_an_image_that_has_changed_is_asked_about_anew_with_its_shard(model, root, images, expected, tmp_path):
    ask(model, images, root, GREEDY, tmp_path)
    changed = images.assign(sha256=["f" * 64, *images["sha256"][1:]], path=["8.png", *images["path"][1:]])
    answers = ask(model, changed, root, GREEDY, tmp_path)
    assert answers == [expected[8], *expected[1:]] != expected
    assert len(list(tmp_path.glob("*.json"))) == 4, "the shards of the others stand"


def test_the_key_stands_for_all_that_an_answer_depends_on(monkeypatch, tmp_path):
    package = tmp_path / "mgiqa"
    for part in ("scoring", "models", "images", "metrics"):
        shutil.copytree(Path(mgiqa.__file__).parent / part, package / part)
    monkeypatch.setattr(mgiqa, "__file__", str(package / "__init__.py"))
    first = answers_key("a", Decoding())
    assert answers_key("a", Decoding()) == first
    others = {
        answers_key("b", Decoding()),
        answers_key("a", Decoding(seed=1)),
        answers_key("a", Decoding(temperature=0.5)),
        answers_key("a", Decoding(answers=2, temperature=0.5)),
        answers_key("a", Decoding(max_tokens=7)),
    }
    for part in ("scoring", "models", "images"):
        (package / part / "new.py").write_text("")
        others.add(answers_key("a", Decoding()))
        (package / part / "new.py").unlink()
    (package / "metrics" / "new.py").write_text("")
    assert answers_key("a", Decoding()) == first
    with monkeypatch.context() as other:
        other.setattr(inference, "PROMPT", replace(PROMPT, text="How good is it?"))
        others.add(answers_key("a", Decoding()))
    for name in ("torch", "transformers"):
        with monkeypatch.context() as other:
            other.setattr(inference, "version", lambda of, name=name: "0" if of == name else version(of))
            others.add(answers_key("a", Decoding()))
    assert len(others) == 11
    assert first not in others
