"""What makes a model the model that it is: the digest of its files, whichever run made them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

RECORDS = frozenset({"run.json", "history.csv", "standings.csv", "samples.jsonl", "summary.json", "splits.parquet"})
"""Files of a model folder that tell of its training and are no part of the model."""


def model_files(folder: Path) -> Iterator[Path]:
    """The files that make up the model in ``folder``, sorted by name; its training records are none of them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return (path for path in files if str(path.relative_to(folder)) not in RECORDS)


def model_digest(folder: Path) -> str:
    """SHA-256 over names and bytes of ``model_files``: equal for equal models, whichever run made them."""
    digest = hashlib.sha256()
    for path in model_files(folder):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()
