"""The served model under requests that somebody else has made up."""

import base64
import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.testclient import TestClient

from mgiqa.errors import RegistryError
from mgiqa.registry.allowed import Allowed
from mgiqa.registry.packaging import package_model
from mgiqa.registry.serving import BESIDES_IMAGES, MOST_PARTS, application, server_command
from mgiqa.scoring.scorer import Scorer
from tests.datasets.layouts import write_image
from tests.toy_model import save_toy_model

OVERALL = 3.25
"""What the memorizer says, read pooled."""
SMALL = Allowed(answers=3, images=8, size=200_000)


@pytest.fixture(scope="module")
def folder(memorizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The MLflow folder of a model."""
    from mlflow.models import Model

    target = tmp_path_factory.mktemp("packaged") / "model"
    package_model(memorizer, target, Model(), {})
    return target


def load(folder: Path, **config: Any) -> Any:
    from mlflow.pyfunc import load_model

    return load_model(str(folder), model_config=config)


@pytest.fixture(scope="module")
def served(folder: Path) -> Any:
    return load(folder, **asdict(SMALL))


@pytest.fixture(scope="module")
def client(folder: Path) -> TestClient:
    app = application(folder, SMALL)
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_image(tmp_path / "photos" / "a.png", size=(64, 64))


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def ask(served: Any, images: list[Any], **params: Any) -> list[dict[str, Any]]:
    return served.predict(pd.DataFrame({"image": images}), params=params)


def test_an_image_that_cannot_be_read_is_one_record_of_its_frame(served: Any, photo: Path) -> None:
    whole = encoded(photo)
    endless = write_image(photo.with_name("long.png"), size=(2, 600))
    asked = [whole, "AAAA", encoded(endless), f"data:image/png;base64,{whole}", "no base64 at all", "ÿ", ""]
    records = ask(served, asked)
    assert [record["overall"] for record in records] == [OVERALL, None, None, OVERALL, None, None, None]
    failures = [record["failure"] for record in records]
    assert failures[1].startswith("the image is no image in a format that is read (")
    assert "2 × 600 pixels, more than 200 times" in failures[2]
    assert failures[4] == failures[5] == "the image is not sent as it must be. Send the content of its file in base64."


def test_a_model_whose_answer_cannot_be_read_says_why(photo: Path, tmp_path: Path) -> None:
    from mlflow.models import Model

    toy = save_toy_model(tmp_path / "toy")
    package_model(toy, tmp_path / "packaged", Model(), {})
    (record,) = ask(load(tmp_path / "packaged"), [encoded(photo)])
    (answer,) = Scorer(toy).score([photo])[0].failures
    assert answer.failure
    assert record == {"overall": None, "attributes": None, "reasoning": None, "failure": answer.failure}


def test_no_path_is_opened_and_no_answer_tells_which_files_exist(
    served: Any, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photo.parent)
    absent = photo.with_name("absent.png")
    for pair in (
        (photo.name, absent.name),
        (str(photo), str(absent)),
        ("/etc/passwd", "/etc/passwx"),
        (f"file://{photo}", f"file://{absent}"),
    ):
        there, not_there = ask(served, list(pair))
        assert there == not_there
        assert there["overall"] is None and str(photo.parent) not in there["failure"]


def test_paths_are_opened_below_the_folder_that_the_loader_allows(folder: Path, photo: Path) -> None:
    secret = write_image(photo.parents[1] / "secret.png")
    (photo.parent / "out.png").symlink_to(secret)
    served = load(folder, images_below=str(photo.parent))
    asked = ["a.png", str(photo), encoded(photo), "out.png", "../secret.png", str(secret), "b.png", "x" * 5000, "a\0"]
    records = ask(served, asked)
    assert [record["overall"] for record in records] == [OVERALL] * 3 + [None] * 6
    failures = [record["failure"] for record in records[3:]]
    assert failures[0] == "the image is a link to a file outside its folder. Put the file itself there."
    assert set(failures[1:3]) <= {failures[3]}, "whether a file is there"
    assert not any(str(photo.parents[1]) in failure for failure in failures)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"answers": 4}, "answers must be a whole number from 1 to 3."),
        ({"answers": 20_000}, "answers must be a whole number from 1 to 3."),
        ({"answers": 0}, "answers must be a whole number from 1 to 3."),
        ({"seed": -1}, "seed must be a whole number from 0 to 2,147,483,647."),
    ],
)
def test_more_answers_and_other_seeds_than_allowed_are_refused(
    served: Any, photo: Path, params: dict[str, int], said: str
) -> None:
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException) as refused:
        ask(served, [encoded(photo)], **params)
    assert refused.value.message == f"{said} Correct the request."


def test_more_images_and_bytes_than_allowed_are_refused(served: Any, photo: Path) -> None:
    from mlflow.exceptions import MlflowException

    assert len(ask(served, ["AAAA"] * 8)) == 8
    with pytest.raises(MlflowException, match="9 images are more than 8"):
        ask(served, ["AAAA"] * 9)
    with pytest.raises(MlflowException, match="the images have more than 200,000 bytes"):
        ask(served, ["A" * 100_000, "A" * 100_001])


def test_a_frame_is_scored_in_as_many_steps_as_one_image(served: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(8):
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(tmp_path / f"{number}.png")
    images = [encoded(tmp_path / f"{number}.png") for number in range(8)]
    steps: list[int] = []
    model = served.unwrap_python_model().scorer._loaded.model
    hook = model.get_output_embeddings().register_forward_hook(lambda *_: steps.append(1))
    counts = []
    try:
        for frame in (images[:1], images):
            steps.clear()
            ask(served, frame)
            counts.append(len(steps))
    finally:
        hook.remove()
    assert counts[0] == counts[1] > 10


def post(client: TestClient, content: Any, **headers: str) -> tuple[int, str]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"content-type": "application/json", **headers}
    done = client.post("/invocations", content=body, headers=headers)
    return done.status_code, done.text


def test_a_good_request_is_answered(client: TestClient, photo: Path) -> None:
    frames = [
        {"dataframe_records": [{"image": encoded(photo)}], "params": {"answers": 2, "seed": 1}},
        {"dataframe_split": {"columns": ["image"], "data": [[encoded(photo)]]}},
        {"inputs": {"image": [encoded(photo)]}},
    ]
    for frame in frames:
        status, text = post(client, frame)
        assert (status, [record["overall"] for record in json.loads(text)["predictions"]]) == (200, [OVERALL])
    assert client.get("/ping").status_code == client.get("/version").status_code == 200


def frame(*images: Any, **params: Any) -> dict[str, Any]:
    return {"dataframe_records": [{"image": image} for image in images], "params": params}


NO_FRAME = "The request is no frame with a column image."
HOSTILE: dict[str, tuple[Any, int, str]] = {
    "no json": (b"{", 400, NO_FRAME),
    "no utf-8": (b"\xff\xfe{}", 400, NO_FRAME),
    "a list": ([1], 400, NO_FRAME),
    "nothing": ({}, 400, NO_FRAME),
    "no column": ({"dataframe_records": [{"picture": "x"}]}, 400, NO_FRAME),
    "ragged": ({"dataframe_split": {"columns": ["image"], "data": [["a", "b"]]}}, 400, NO_FRAME),
    "a word for answers": (frame("AAAA", answers="many"), 400, NO_FRAME),
    "deep": (b'{"inputs":' + b"[" * 9000 + b"]" * 9000 + b"}", 500, "The request could not be answered."),
    "a huge number": (b'{"inputs":' + b"1" * 9000 + b"}", 500, "The request could not be answered."),
    "answers": (frame("AAAA", answers=20_000), 400, "answers must be a whole number from 1 to 3. Correct the request."),
    "images": (frame(*["AAAA"] * 9), 400, "9 images are more than 8. Send several requests."),
    "parts": (b'{"inputs":[' + b"1," * MOST_PARTS + b"1]}", 413, "The request is too large."),
    "bytes": (b" " * (SMALL.size + BESIDES_IMAGES + 1), 413, "The request is too large."),
}


@pytest.mark.parametrize(("content", "status", "said"), HOSTILE.values(), ids=list(HOSTILE))
def test_a_bad_request_is_answered_in_one_sentence(
    client: TestClient, photo: Path, content: Any, status: int, said: str
) -> None:
    got, text = post(client, content)
    assert (got, json.loads(text)) == (status, {"message": said})
    assert post(client, frame(encoded(photo)))[0] == 200, "it goes on"


def test_what_is_no_json_or_comes_under_a_foreign_name_is_refused(client: TestClient, folder: Path) -> None:
    for kind in ("text/csv", "application/vnd.apache.parquet", "", "text/html"):
        assert post(client, b"image\nAAAA\n", **{"content-type": kind})[0] == 415
    assert client.post("/invocations", content=b"").status_code == 415
    for host in ("evil.example", "127.0.0.1.evil.example"):
        assert post(client, {}, host=host)[0] == 400
    for page in ("/docs", "/openapi.json", "/"):
        assert client.get(page).status_code == 404
    assert client.get("/invocations").status_code == 405


def test_the_server_runs_the_code_that_the_model_was_registered_with(folder: Path, tmp_path: Path) -> None:
    program, environment = server_command(folder, 5001, Allowed())
    assert program[1:4] == ["-P", "-m", "mgiqa.registry.serving"] and json.loads(program[-1]) == asdict(Allowed())
    asked = [program[0], "-P", "-c", "import mgiqa.registry.serving as s; print(s.__file__)"]
    with pytest.raises(RegistryError, match="was registered before models could be served so"):
        server_command(tmp_path, 5001, Allowed())
    root = Path(__file__).parents[2]
    done = subprocess.run(asked, env=environment, cwd=root, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == folder / "code" / "mgiqa" / "registry" / "serving.py"
