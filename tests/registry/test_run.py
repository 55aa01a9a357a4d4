import json
import math
from pathlib import Path

import pytest
from PIL import Image

from mgiqa.errors import RegistryError
from mgiqa.registry.run import DatasetInput, Run
from mgiqa.registry.samples import AnswerSample, draw_sample
from mgiqa.registry.store import Store

ANSWER = "<think>\nSharpness: soft edges.\n</think>\n<answer>{}</answer>"


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, store.client.create_run(store.experiment_id).info.run_id)


def sample(name: str = "spaq/00001.jpg", scores: dict[str, float] | None = None) -> AnswerSample:
    return AnswerSample(name, Image.new("RGB", (40, 30), "teal"), ANSWER, scores or {}, {"overall": 2.5})


def test_metrics_keep_their_steps(run: Run) -> None:
    for step in (0, 1, 2):
        run.log_metrics({"reward/overall": step / 10, "reward/noise": 0.5}, step)
    history = run.store.client.get_metric_history(run.id, "reward/overall")
    assert [(point.step, point.value) for point in history] == [(0, 0.0), (1, 0.1), (2, 0.2)]


def test_what_was_not_measured_is_left_out_and_what_is_no_number_says_so(run: Run) -> None:
    run.log_metrics({"absent": None, "nan": math.nan, "infinite": math.inf})
    metrics = run.store.client.get_run(run.id).data.metrics
    assert "absent" not in metrics
    assert math.isnan(metrics["nan"]) and math.isnan(metrics["infinite"])


def test_nested_parameters_are_recorded_by_dotted_names(run: Run) -> None:
    run.log_params({"base": {"tiny": {"image_size": 112}}, "seed": 0, **{f"many{n}": n for n in range(150)}})
    params = run.store.client.get_run(run.id).data.params
    assert params["base.tiny.image_size"] == "112" and params["many149"] == "149"


def test_a_dataset_is_named_by_its_dvc_hash(run: Run) -> None:
    digest = "0123456789abcdef0123456789abcdef.dir"
    run.log_inputs([DatasetInput("spaq", digest, "data/raw/spaq", "training", 120)])
    (logged,) = run.store.client.get_run(run.id).inputs.dataset_inputs
    assert (logged.dataset.name, logged.dataset.digest) == ("spaq", digest)
    assert [tag.value for tag in logged.tags] == ["training"]


def test_samples_of_all_steps_are_one_table_and_one_picture_each(run: Run, tmp_path: Path) -> None:
    for step in (0, 10):
        run.log_samples([sample(), sample("kadid10k/I01 (1).png", {"overall": 3.0})], step)
    content = json.loads(Path(run.store.client.download_artifacts(run.id, "samples.json", str(tmp_path))).read_text())
    rows = [dict(zip(content["columns"], row, strict=True)) for row in content["data"]]
    assert [(row["step"], row["score_overall"]) for row in rows] == [(0, None), (0, 3.0), (10, None), (10, 3.0)]
    assert {row["answer"] for row in rows} == {ANSWER}
    pictures = [file.path for file in run.store.client.list_artifacts(run.id, "images") if file.path.endswith("png")]
    assert len(pictures) == 4


def test_a_picture_of_a_sample_shows_more_than_the_image() -> None:
    read, unread = draw_sample(sample(scores={"overall": 3.0})), draw_sample(sample())
    assert read.getpixel((5, 5)) == unread.getpixel((5, 5)) == (0, 128, 128)
    assert read.tobytes() != unread.tobytes()


def test_a_folder_is_stored_whole(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    (folder / "plots").mkdir(parents=True)
    (folder / "index.html").write_text("<p>report")
    (folder / "plots" / "a.png").write_bytes(b"png")
    run.log_folder(folder, "report")
    assert {file.path for file in run.store.client.list_artifacts(run.id, "report")} == {
        "report/index.html",
        "report/plots",
    }


def test_a_refusal_of_mlflow_is_one_sentence(run: Run) -> None:
    run.log_params({"seed": 0})
    with pytest.raises(RegistryError, match="MLflow could not record the parameters of run"):
        run.log_params({"seed": 1})
