"""What answers and figures are of: which models, which question, which manifest, and how answers were drawn.

It travels with them (``provenance.json``), and ``SHA256SUMS`` beside it lists every file of the folder. So whoever uses
figures can ask whether they are of this model, and whether they are as they were written.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.errors import IntegrityError, MissingInput
from mgiqa.evaluation.results.files import PROVENANCE
from mgiqa.models.digest import SUMS, changes, write_sums
from mgiqa.records import SUMMARY

_SHOWN = 12
"""Digits of a digest that a message shows."""


@dataclass(frozen=True)
class Provenance:
    """What answers and figures are of.

    Attributes:
        models: name → digest of the model: weights, processor and ``model.json`` (``mgiqa.models.digest``).
        question: digest of the prompt.
        manifest: SHA-256 of ``manifest.parquet``, which names the images with their own digests and labels.
        decoding: how answers were drawn: ``answers``, ``temperature``, ``seed`` and ``max_tokens``.
    """

    models: Mapping[str, str]
    question: str
    manifest: str
    decoding: Mapping[str, float]

    @classmethod
    def of(cls, predictions: pd.DataFrame) -> "Provenance":
        """What a table of predictions says; see ``mgiqa.evaluation.results.predictions``."""
        models = predictions.drop_duplicates("model").set_index("model")["model_digest"]
        first: Mapping[Any, Any] = predictions.iloc[:1].to_dict("records")[0]
        drawn = {"answers": int(predictions["answer"].max()) + 1, "temperature": float(first["temperature"])}
        drawn |= {name: int(first[name]) for name in ("seed", "max_tokens")}
        named = {str(name): str(digest) for name, digest in models.items()}
        return cls(named, str(first["prompt_digest"]), str(first["manifest_digest"]), drawn)

    @classmethod
    def read(cls, folder: Path, stage: str) -> "Provenance":
        """Reads it from the result of ``stage``, after holding every file there to its digest.

        Raises:
            MissingInput: the result was made before this was written.
            IntegrityError: a file is another than was written; up to three are named.
        """
        again = f"Make it again: dvc repro --force --single-item {stage}"
        if not (folder / PROVENANCE).is_file():
            raise MissingInput(f"{folder} does not say which model it is of", remedy=again)
        if faults := changes(folder, _files(folder)):
            raise IntegrityError(f"{folder} is not as {stage} wrote it: {faults}", remedy=again)
        return cls(**json.loads((folder / PROVENANCE).read_text(encoding="utf-8")))

    def seal(self, folder: Path) -> None:
        """Writes ``provenance.json`` beside the files of a finished result, and ``SHA256SUMS`` of all of them."""
        text = json.dumps(asdict(self), indent=1)
        (folder / PROVENANCE).write_text(text + "\n", encoding="utf-8")
        write_sums(folder, _files(folder))

    def require(self, *, policy: str, manifest: str, question: str) -> None:
        """Makes sure that figures are of these, given by their digests.

        Raises:
            IntegrityError: they are of another policy, other labels or another question.
        """
        remedy = "Evaluate it: dvc repro evaluate, or mgiqa evaluate and mgiqa report."
        if policy != self.models["policy"]:
            known = next(
                (f", which was evaluated as {name}" for name in self.models if self.models[name] == policy), ""
            )
            raise IntegrityError(
                f"data/models/policy holds the model {policy[:_SHOWN]}{known}; "
                f"the figures in data/evaluation are of the policy {self.models['policy'][:_SHOWN]}",
                remedy=remedy,
            )
        for what, ours, theirs in (("manifest", manifest, self.manifest), ("question", question, self.question)):
            if ours != theirs:
                raise IntegrityError(
                    f"the {what} is {ours[:_SHOWN]}; the figures in data/evaluation are of {theirs[:_SHOWN]}",
                    remedy=remedy,
                )


def _files(folder: Path) -> Iterator[Path]:
    """All but the list itself and what the runner adds."""
    return (path for path in folder.rglob("*") if path.is_file() and path.name not in (SUMS, SUMMARY))
