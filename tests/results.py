"""A workspace in which everything up to the report is there: real files of every stage's form, made in a second."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mgiqa.attributes import KEYS
from mgiqa.datasets.manifest import MANIFEST_COLUMNS
from mgiqa.datasets.schema import MANIFEST, write_table
from mgiqa.datasets.split.files import write_splits
from mgiqa.dialogue.answer import write_answer
from mgiqa.evaluation.comparison.registry_entry import SMOKE_IMAGES
from mgiqa.evaluation.results.folder import Results
from mgiqa.evaluation.results.predictions import EvaluatedModel, tabulate
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.models.origin import how_read, read_origin
from mgiqa.records import Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.workspace import Workspace

IMAGES, SIZE = 24, 56
DECODING = Decoding(max_tokens=200)


def write_results(workspace: Workspace, model: Path, said: str, noise: float, seed: int = 0) -> None:
    """Writes data/normalized, data/models/policy, data/evaluation and data/report.

    Args:
        workspace: gets the folders; images that are there already stay.
        model: a model folder, copied as the policy.
        said: what the model answers to any image; the table of predictions says so of the first images, as many as
            are asked about again, and of the others it makes answers up.
        noise: by how much, in standard deviations of the human scores, made-up scores differ from them.
        seed: of the differences.
    """
    manifest = _manifest(workspace)
    policy = workspace.model("policy")
    shutil.rmtree(workspace.data / "models", ignore_errors=True)
    shutil.copytree(model, policy)
    write_splits(manifest, policy)
    _finish(policy, "train")
    answers, listed = [], file_digest(workspace.manifest)
    for name, wrong, digest in (("base", 5.0, "b" * 64), ("policy", noise, model_digest(model))):
        texts = [[said]] * SMOKE_IMAGES + _texts(manifest, wrong, seed)[SMOKE_IMAGES:]
        overall = how_read(read_origin(model))
        answers.append(tabulate(EvaluatedModel(name, model, digest, overall), DECODING, manifest, texts, listed))
    Results.of(pd.concat(answers), 100, 0).write(_fresh(workspace.evaluation))
    provenance = Provenance.of(pd.concat(answers))
    provenance.seal(workspace.evaluation)
    _finish(workspace.evaluation, "evaluate")
    report = _fresh(workspace.report)
    (report / "index.html").write_text("<h1>Report</h1>")
    provenance.seal(report)
    _finish(report, "report")


def _manifest(workspace: Workspace) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(IMAGES):
        path = workspace.raw("spaq") / f"{number:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)).save(path)
        rows.append({
            "image_id": f"spaq/{path.name}", "dataset": "spaq", "family": "authentic", "content": f"spaq/{number}",
            "split": "test", "path": str(path.relative_to(workspace.root)),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "width": SIZE, "height": SIZE,
            "per_content": False,
            **{f"mos_{key}": rng.uniform(1.5, 4.5) for key in KEYS},
        })  # fmt: skip
    table = pd.DataFrame(rows).reindex(columns=MANIFEST_COLUMNS)
    write_table(table, _fresh(workspace.normalized) / MANIFEST)
    _finish(workspace.normalized, "normalize")
    return table


def _texts(manifest: pd.DataFrame, noise: float, seed: int) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    said = manifest[[f"mos_{key}" for key in KEYS]].to_numpy(float)
    said = np.clip(said + noise * rng.normal(0, 0.9, said.shape), 1, 5)
    reasons = dict.fromkeys(KEYS, "as it looks.")
    return [[write_answer(dict(zip(KEYS, map(float, row), strict=True)), reasons)] for row in said]


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _finish(folder: Path, stage: str) -> None:
    Summary(stage).write(folder)
