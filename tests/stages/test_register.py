"""The stage with a real model: it learns one answer by heart, is registered, and scores again from the registry."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import pandas as pd
import pytest
from safetensors.torch import load_file, save_file

from mgiqa.attributes import KEYS, LABEL_OF
from mgiqa.datasets.split.files import read_splits, splits_digest
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import GateRefused, IntegrityError, MGIQAError, MissingInput
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.execution.runner import run_stage
from mgiqa.models.digest import file_digest, model_digest, model_files, write_sums
from mgiqa.pipeline import STAGES
from mgiqa.records import Check, Summary
from mgiqa.registry.candidate import Candidate
from mgiqa.registry.inspection import inspect_version
from mgiqa.registry.kept import keep_predictions, kept_predictions, kept_splits
from mgiqa.registry.models import Version, find_alias, version_folder, versions
from mgiqa.registry.pages import read_pages
from mgiqa.registry.run import DIGEST
from mgiqa.registry.runs import pipeline_run
from mgiqa.registry.store import Store, prepare_store
from mgiqa.scoring.scorer import Scorer
from mgiqa.settings import Settings, read_settings
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from tests.memorizer import constant_answer, write_memorizer
from tests.registry.entries import GOOD, enter
from tests.results import IMAGES, write_results

SAID, ATTRIBUTES, LEARNED = 3.5, 3.0, 3.25
"""The overall score that the model says, its other scores, and what both together come to."""
ANSWER = constant_answer(SAID, ATTRIBUTES)


@dataclass(frozen=True)
class Registered:
    """A workspace after ``register``."""

    workspace: Workspace
    settings: Settings
    store: Store
    model: Path
    run_id: str
    summary: Summary

    @property
    def version(self) -> Version:
        return versions(self.store, "mgiqa")[-1]

    @property
    def folder(self) -> Path:
        return version_folder(self.workspace, self.store, self.version)


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    root = tmp_path_factory.mktemp("register")
    (root / "params.yaml").write_text("seed: 0\npromote: {min_images: 20}\n")
    workspace, model = Workspace(root), root / "memorizer"
    settings = read_settings(workspace.params)
    write_memorizer(model, SAID, ATTRIBUTES)
    with pipeline_run(workspace, settings) as run:
        run.log_metrics({"reward/overall": 0.6}, step=1)
        run.set_tags({DIGEST: model_digest(model)})
    write_results(workspace, model, ANSWER, noise=0.3)
    summary = run_stage("register", workspace)
    return Registered(workspace, settings, prepare_store(workspace, settings), model, run.id, summary)


def test_every_check_is_answered_and_passed(registered: Registered) -> None:
    assert [check.name for check in registered.summary.checks] == list(STAGES["register"].checks)
    assert registered.summary.blocked == []
    assert "8 images of the benchmark scores that differ by 0.00" in registered.summary.checks[2].description
    assert "answers for 8 of them" in registered.summary.checks[2].description


def test_the_candidate_names_the_version(registered: Registered) -> None:
    candidate = Candidate.read(registered.workspace.registry)
    assert candidate == Candidate.of(registered.version)
    assert registered.version.aliases == ("challenger",)


def test_what_the_policy_learned_from_is_kept_with_the_version(registered: Registered) -> None:
    kept = kept_splits(registered.store, registered.version)
    assert kept is not None
    pd.testing.assert_frame_equal(kept, read_splits(registered.workspace.model("policy")))
    assert registered.version.tags["splits"] == splits_digest(registered.workspace.model("policy"))[:12]


def test_registering_again_changes_no_byte_and_makes_no_version(registered: Registered) -> None:
    folder = registered.workspace.registry
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(folder)
    run_stage("register", registered.workspace)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert len(versions(registered.store, "mgiqa")) == 1


def test_the_run_has_the_report_the_figures_and_the_model(registered: Registered) -> None:
    client = registered.store.client
    run = client.get_run(registered.run_id)
    assert run.info.status == "FINISHED"
    assert {"reward/overall", "srcc/overall", "srcc of base/overall", "srcc on spaq/noise"} <= set(run.data.metrics)
    assert "report/index.html" in [file.path for file in client.list_artifacts(run.info.run_id, "report")]
    assert [model.model_id for model in run.outputs.model_outputs][:1] == [registered.version.model_id]
    assert {item.dataset.name for item in run.inputs.dataset_inputs} == {"test split"}


def test_the_figures_of_the_model_name_what_they_were_measured_on(registered: Registered) -> None:
    logged = registered.store.client.get_logged_model(registered.version.model_id)
    figures = {metric.key: metric.dataset_name for metric in logged.metrics}
    assert figures == {f"{figure}/{key}": "test split" for figure in ("srcc", "plcc") for key in LABEL_OF} | {
        "parse_rate": "test split"
    }


def test_the_page_of_the_version_has_a_table_of_figures(registered: Registered) -> None:
    page = registered.store.client.get_model_version("mgiqa", "1").description
    assert "Sharpness" in page and "| policy" in page.replace("\N{NO-BREAK SPACE}", "")
    assert "simulated raters" in page


def test_served_it_takes_contents_and_says_what_it_cannot_read(registered: Registered) -> None:
    from mlflow.pyfunc import load_model

    image = next(registered.workspace.raw("spaq").glob("*.png"))
    encoded = base64.b64encode(image.read_bytes()).decode()
    asked = [encoded, f"data:image/png;base64,{encoded}", "AAAA", str(image)]
    answers = load_model(str(registered.folder)).predict(pd.DataFrame({"image": asked}))
    assert [answer["overall"] for answer in answers] == [LEARNED] * 2 + [None] * 2
    assert answers[0]["attributes"] == dict.fromkeys(KEYS[:-1], ATTRIBUTES)
    assert answers[0]["reasoning"]["noise"] == "as learned by heart."
    assert "no image" in answers[2]["failure"] and "in base64" in answers[3]["failure"]


def test_it_scores_with_nothing_installed_but_its_requirements(registered: Registered, tmp_path: Path) -> None:
    program = """
import json, sys
import mlflow.pyfunc, pandas
model = mlflow.pyfunc.load_model(sys.argv[1], model_config={"images_below": "/"})
(answer,) = model.predict(pandas.DataFrame({"image": [sys.argv[2]]}))
import mgiqa.scoring.scorer
print(json.dumps([answer["overall"], mgiqa.scoring.scorer.__file__]))
"""
    declared = {line.partition("==")[0] for line in (registered.folder / "requirements.txt").read_text().split()}
    packages = tmp_path / "packages"
    _install(_closure(declared), packages)
    image = next(registered.workspace.raw("spaq").glob("*.png"))
    command = [sys.executable, "-S", "-c", program, str(registered.folder), str(image)]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    overall, used = json.loads(done.stdout.splitlines()[-1])
    assert overall == LEARNED
    assert Path(used).is_relative_to(registered.folder / "code")


def _closure(names: set[str]) -> set[str]:
    """The distributions that installing ``names`` brings along, as far as they are installed here."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        found.add(name)
        waiting += [re.split(r"[ ;<>=!~\[(]", need)[0] for need in needs if "extra ==" not in need]
    return found


def _install(names: set[str], folder: Path) -> None:
    """Lays what the distributions consist of into ``folder``, by links to where they are installed."""
    folder.mkdir()
    for distribution in map(metadata.distribution, names):
        site = Path(str(distribution.locate_file("")))
        for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(site / top)


def test_weights_that_changed_on_the_way_fail_the_size_check(registered: Registered, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(registered.folder, copy)
    with (copy / "artifacts" / "policy" / "model.safetensors").open("ab") as file:
        file.write(b"more")
    _, size, smoke = inspect_version(copy, registered.workspace.model("policy"), {}, {})
    assert not size.passed
    assert not smoke.passed and "no image that the policy could answer for" in smoke.description


def test_a_champion_without_kept_scores_for_the_images_is_asked_anew(registered: Registered) -> None:
    """Its answer is the same for every image, so the gate prefers any challenger that ranks."""
    workspace, store = registered.workspace, registered.store
    assert promote.run(registered.settings, workspace).outcome == "promoted"
    champion = find_alias(store, "mgiqa", "champion")
    assert champion is not None
    kept = kept_predictions(store, champion)
    assert kept is not None and len(kept) == IMAGES
    keep_predictions(store, champion, kept.head(3))

    other = workspace.root / "other"
    shutil.copytree(registered.model, other)
    (other / "model.json").write_text('{"made by": "other tests", "overall": "pooled"}')
    write_sums(other, model_files(other))
    write_results(workspace, other, ANSWER, noise=0.1)
    run_stage("register", workspace)
    done = promote.run(registered.settings, workspace)
    assert (done.outcome, done.challenger, done.champion) == ("promoted", 2, 2)
    kept = kept_predictions(store, champion)
    assert kept is not None and set(kept["score"]) == {LEARNED} and len(kept) == IMAGES


@pytest.fixture
def evaluated(registered: Registered, tmp_path: Path) -> Workspace:
    """All that ``register`` reads, in a checkout of its own that has no registry."""
    shutil.copytree(registered.workspace.data, tmp_path / "data")
    shutil.copy(registered.workspace.params, tmp_path)
    return Workspace(tmp_path)


def refused(workspace: Workspace) -> str:
    """The sentence in which ``register`` refuses; nothing is registered then."""
    with pytest.raises(IntegrityError) as caught:
        run_stage("register", workspace)
    assert not workspace.tracking.exists()
    return str(caught.value)


def test_the_weights_of_another_model_over_the_policys_are_refused(evaluated: Workspace) -> None:
    weights = evaluated.model("policy") / "model.safetensors"
    tensors = load_file(weights)
    save_file({name: tensor.neg() for name, tensor in tensors.items()}, weights, {"format": "pt"})
    said = refused(evaluated)
    assert "data/models/policy holds the model" in said and "the figures in data/evaluation are of the policy" in said
    assert "dvc repro evaluate" in said


def test_a_whole_other_model_in_the_policys_place_is_refused_by_the_name_it_was_evaluated_as(
    evaluated: Workspace,
) -> None:
    of = Provenance.read(evaluated.evaluation, "evaluate")
    swapped = replace(of, models={"warmup": of.models["policy"], "policy": of.models["base"]})
    for folder in (evaluated.evaluation, evaluated.report):
        swapped.seal(folder)
    assert "which was evaluated as warmup" in refused(evaluated)


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("evaluation/predictions.parquet", "predictions.parquet has other bytes"),
        ("evaluation/headline.json", "headline.json has other bytes"),
        ("evaluation/provenance.json", "provenance.json has other bytes"),
        ("report/index.html", "index.html has other bytes"),
        ("normalized/manifest.parquet", "the manifest is"),
        ("models/policy/tokenizer.json", "data/models/policy holds the model"),
        ("models/policy/model.json", "data/models/policy holds the model"),
    ],
)
def test_one_flipped_bit_in_what_it_registers_is_refused_by_name(evaluated: Workspace, file: str, named: str) -> None:
    path = evaluated.data / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert named in refused(evaluated)


def test_figures_of_another_question_are_refused(evaluated: Workspace) -> None:
    other = replace(Provenance.read(evaluated.evaluation, "evaluate"), question="0" * 64)
    for folder in (evaluated.evaluation, evaluated.report):
        other.seal(folder)
    assert "the question is" in refused(evaluated)


def test_a_report_of_another_evaluation_is_refused(evaluated: Workspace) -> None:
    other = replace(Provenance.read(evaluated.report, "report"), decoding={"answers": 4})
    other.seal(evaluated.report)
    assert "data/report is of another evaluation" in refused(evaluated)


def test_an_evaluation_that_does_not_say_what_it_is_of_is_refused(evaluated: Workspace) -> None:
    (evaluated.evaluation / "provenance.json").unlink()
    with pytest.raises(MissingInput, match="does not say which model it is of"):
        run_stage("register", evaluated)


def test_the_version_says_what_its_figures_are_of(registered: Registered) -> None:
    of = Provenance(**json.loads(registered.version.tags["evidence"]))
    assert of.models["policy"] == model_digest(registered.model) == registered.version.digest
    assert of.question == PROMPT.digest
    assert of.manifest == file_digest(registered.workspace.manifest)
    assert of.decoding == {"answers": 1, "temperature": 0.0, "seed": 0, "max_tokens": 200}


def test_a_model_that_scores_otherwise_than_in_the_benchmark_fails_the_smoke_check(registered: Registered) -> None:
    images = sorted(registered.workspace.raw("spaq").glob("*.png"))[:4]
    decoding = Provenance.read(registered.workspace.evaluation, "evaluate").decoding

    def smoke(*scores: float) -> Check:
        expected = dict(zip(map(str, images), scores, strict=True))
        return inspect_version(registered.folder, registered.workspace.model("policy"), expected, decoding)[2]

    assert smoke(LEARNED, LEARNED, LEARNED, LEARNED).passed
    assert smoke(LEARNED, LEARNED, LEARNED, LEARNED + 1).passed, "one draw may turn out another"
    another = smoke(LEARNED + 0.2, LEARNED - 0.2, LEARNED + 0.3, LEARNED)
    assert not another.passed and "differ by 0.20 in the median (at most 0.10)" in another.description


@pytest.mark.parametrize("file", ["model.safetensors", "model.json", "tokenizer.json", "chat_template.jinja"])
def test_a_registered_model_that_has_changed_is_neither_scored_with_nor_served(
    registered: Registered, tmp_path: Path, file: str
) -> None:
    from mlflow.pyfunc import load_model

    copy = shutil.copytree(registered.folder, tmp_path / "model")
    path = copy / "artifacts" / "policy" / file
    content = path.read_bytes()
    path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    with pytest.raises(MGIQAError, match=re.escape(file)):
        Scorer(path.parent)
    with pytest.raises(MGIQAError, match=re.escape(file)):
        load_model(str(copy))
    path.unlink()
    with pytest.raises(MGIQAError, match=rf"{re.escape(file)} is missing|holds .* no weights"):
        Scorer(path.parent)


def test_in_a_registry_with_other_versions_the_same_model_gives_the_same_bytes(evaluated: Workspace) -> None:
    before = {path.name: path.read_bytes() for path in evaluated.registry.iterdir()}
    shutil.rmtree(evaluated.registry)
    store = prepare_store(evaluated, read_settings(evaluated.params))
    enter(evaluated, store, "another", GOOD)
    run_stage("register", evaluated)
    assert {path.name: path.read_bytes() for path in evaluated.registry.iterdir()} == before
    (newest, _) = versions(store, "mgiqa")
    assert newest.number == 2
    assert read_pages(evaluated, newest.digest)["MLflow version"].startswith("#/models/mgiqa/versions/2")


def test_inputs_that_are_missing_or_failed_stop_it(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("seed: 0\n")
    workspace = Workspace(tmp_path)
    with pytest.raises(MissingInput, match="dvc repro train"):
        run_stage("register", workspace)
    workspace.model("policy").mkdir(parents=True)
    workspace.report.mkdir()
    Summary("train", checks=(Check("reward_finite", False, "a reward was NaN"),)).write(workspace.model("policy"))
    with pytest.raises(GateRefused, match="reward_finite"):
        run_stage("register", workspace)
    Summary("train").write(workspace.model("policy"))
    Summary("report").write(workspace.report)
    with pytest.raises(MissingInput, match="unknown what the model learned from"):
        run_stage("register", workspace)
    assert not workspace.registry.exists()
