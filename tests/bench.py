"""A small benchmark made in code: images on disk, labels, and answers of three models with known qualities."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mgiqa.attributes import KEYS
from mgiqa.datasets.manifest import MANIFEST_COLUMNS
from mgiqa.datasets.schema import ALIGNMENT, MANIFEST
from mgiqa.dialogue.answer import write_answer
from mgiqa.evaluation.results.folder import Results
from mgiqa.evaluation.results.predictions import EvaluatedModel, tabulate
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.models.digest import file_digest, model_digest
from mgiqa.records import Summary
from mgiqa.scoring.generation import Decoding
from mgiqa.workspace import Workspace

LABELLED = {"kadid10k": ("overall",), "spaq": ("sharpness", "color", "noise", "overall")}
TITLES = {"kadid10k": "KADID-10k", "spaq": "SPAQ"}
GARBAGE = "such as such edges of the <answer>"


def write_manifest(workspace: Workspace, contents: int = 20, versions: int = 3) -> pd.DataFrame:
    """Two datasets; a quarter of the contents are for testing."""
    rng = np.random.default_rng(7)
    rows = []
    for dataset, keys in LABELLED.items():
        folder = workspace.raw(dataset) / "images"
        folder.mkdir(parents=True)
        for number in range(contents * versions):
            name = f"{number:03d}.png"
            pixels = rng.integers(0, 256, (84, 84, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name)
            quality = rng.uniform(1.3, 4.7)
            labels = {key: float(np.clip(quality + rng.normal() * 0.6, 1, 5)) for key in keys} | {"overall": quality}
            rows.append(
                {
                    "image_id": f"{dataset}/{name}",
                    "dataset": dataset,
                    "family": "synthetic" if dataset == "kadid10k" else "authentic",
                    "content": f"{dataset}/{number // versions}",
                    "split": "test" if number // versions % 4 == 0 else "train",
                    "path": str((folder / name).relative_to(workspace.root)),
                    "sha256": pixels.tobytes().hex()[:64],
                    "width": 84,
                    "height": 84,
                    **{f"mos_{key}": value for key, value in labels.items()},
                    **{f"std_{key}": 0.5 for key in labels},
                    **{f"raw_{key}": 25 * (value - 1) for key, value in labels.items()},
                    "per_content": False,
                }
            )
    return pd.DataFrame(rows).reindex(columns=MANIFEST_COLUMNS)


def write_data(workspace: Workspace) -> pd.DataFrame:
    """The outputs of ``validate`` and ``normalize``."""
    manifest = write_manifest(workspace)
    workspace.normalized.mkdir(parents=True)
    manifest.to_parquet(workspace.normalized / MANIFEST, index=False)
    facts = {"slope": 0.04, "intercept": 1.0, "range": [0, 100], "direction": "higher is better", "target": "soft"}
    alignment = {dataset: dict.fromkeys(keys, facts) for dataset, keys in LABELLED.items()}
    (workspace.normalized / ALIGNMENT).write_text(json.dumps(alignment))
    Summary("normalize").write(workspace.normalized)
    for dataset, title in TITLES.items():
        workspace.validated(dataset).mkdir(parents=True)
        Summary("validate", facts={"dataset": title, "source": "sample", "quarantined": 1}).write(
            workspace.validated(dataset)
        )
    return manifest


def answer(scores: Mapping[str, float]) -> str:
    """A readable answer."""
    return write_answer(scores, {key: f"the {key} is judged" for key in KEYS})


def predictions(
    manifest: pd.DataFrame,
    *,
    copying: bool = False,
    answers: int = 1,
    policy: str = "policy" * 8,
    listed: str = "m" * 64,
) -> pd.DataFrame:
    """What three models said: nothing readable, a rough guess, a better one with one failure.

    Args:
        manifest: of which the test images are answered.
        copying: the last model repeats its overall score for every attribute.
        answers: per image.
        policy: digest of the last model.
        listed: digest of the manifest.
    """
    images = manifest[manifest["split"] == "test"].reset_index(drop=True)
    rng = np.random.default_rng(3)
    tables = []
    for name, noise in (("base", None), ("warmup", 1.2), ("policy", 0.3)):
        texts = [
            [
                GARBAGE if noise is None else answer(_guess(row, noise, rng, copying and name == "policy"))
                for _ in range(answers)
            ]
            for row in images.to_dict("records")
        ]
        if name == "policy":
            texts[4][0] = texts[4][0][:-30]
        decoding = Decoding(answers, float(answers > 1))
        digest = policy if name == "policy" else name * 8
        tables.append(tabulate(EvaluatedModel(name, Path(name), digest, "direct"), decoding, images, texts, listed))
    return pd.concat(tables, ignore_index=True)


def write_bench(workspace: Workspace, *, copying: bool = False, answers: int = 1, pooled: bool = False) -> Workspace:
    """All that the report reads; ``pooled``: how the policy's overall score is read in use, else direct."""
    manifest = write_data(workspace)
    policy = workspace.model("policy")
    policy.mkdir(parents=True)
    steps = np.arange(30)
    curves = {f"reward/{key}": 0.7 + 0.1 * (1 - np.exp(-steps / 9)) for key in KEYS}
    pd.DataFrame({"step": steps, "reward": 0.7 + 0.004 * steps, **curves}).to_csv(policy / "history.csv", index=False)
    validation_scores = {"step": [0, 15, 30], "overall": [0.6, 0.7, 0.75], "attributes": [0.5, 0.55, 0.6]}
    pd.DataFrame(validation_scores).to_csv(policy / "validation_scores.csv", index=False)
    (policy / "model.json").write_text('{"step": 30}')
    Summary("train", facts={"largest reward": 1.5, "answers in a step": 256, "longest answer": 64}).write(policy)
    workspace.evaluation.mkdir(parents=True)
    digests = {"policy": model_digest(policy), "listed": file_digest(workspace.manifest)}
    said = predictions(manifest, copying=copying, answers=answers, **digests)
    if pooled:
        said.loc[said["model"] == "policy", "overall"] = "pooled"
    Results.of(said, 100, 0).write(workspace.evaluation)
    Provenance.of(said).seal(workspace.evaluation)
    Summary("evaluate").write(workspace.evaluation)
    return workspace


def _guess(row: Mapping[str, float], noise: float, rng: np.random.Generator, copying: bool) -> dict[str, float]:
    def near(key: str) -> float:
        truth = row[f"mos_{key}"] if row[f"mos_{key}"] == row[f"mos_{key}"] else row["mos_overall"]
        return float(np.clip(round(truth + rng.normal() * noise, 2), 1, 5))

    scores = {key: near(key) for key in KEYS}
    return dict.fromkeys(KEYS, scores["overall"]) if copying else scores
