"""What makes a model the model that it is: the digest of its files, whichever run made them.

A model folder says itself what its files must be, in ``SHA256SUMS``, the form of coreutils (``sha256sum -c
SHA256SUMS``); the digest of the model is that of this text. So one pass over the files tells both whether a byte has
changed and which model it is, and a file that was exchanged or has rotted is refused by name before it is loaded.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mgiqa.cores import usable_cores
from mgiqa.errors import IntegrityError, few

SUMS = "SHA256SUMS"
_RECORDS = frozenset({SUMS, "history.csv", "validation_scores.csv", "samples.jsonl", "summary.json", "splits.parquet"})
"""Files of a model folder that tell of its training, or of its other files, and are no part of the model."""
_KINDS = frozenset({".json", ".jinja", ".md", ".model", ".safetensors", ".txt"})
"""Endings of what transformers loads, and of the page that says how; a photo beside a model is no part of it."""
AGAIN = "Make the model again, or fetch it again; after a change on purpose, remove SHA256SUMS."


def model_files(folder: Path) -> Iterator[Path]:
    """The files that make up the model in ``folder``, sorted by name; its training records are none of them."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in _KINDS and path.is_file())
    return (path for path in files if str(path.relative_to(folder)) not in _RECORDS)


def model_digest(folder: Path) -> str:
    """SHA-256 over names and bytes of ``model_files``: equal for equal models, whichever run made them."""
    return _digest(_listed(_digests(folder, model_files(folder))))


def write_sums(folder: Path, files: Iterable[Path]) -> str:
    """Writes ``SHA256SUMS`` of these files into ``folder``, and returns its digest."""
    text = _listed(_digests(folder, files))
    (folder / SUMS).write_text(text, encoding="utf-8")
    return _digest(text)


def read_sums(folder: Path) -> Mapping[str, str]:
    """File → digest, as ``SHA256SUMS`` of a folder says.

    Raises:
        IntegrityError: it is missing, or a line of it is none.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{folder / SUMS} cannot be read ({type(error).__name__})", remedy=AGAIN) from None


def verify_model(folder: Path) -> None:
    """Holds a model folder to its ``SHA256SUMS``: these files, no more and no less, and every byte of them.

    Raises:
        IntegrityError: it is another; up to three files are named.
    """
    if faults := changes(folder, model_files(folder)):
        raise IntegrityError(f"{folder} is not the model that its {SUMS} lists: {faults}", remedy=AGAIN)


def changes(folder: Path, files: Iterable[Path]) -> str:
    """What ``SHA256SUMS`` of a folder says otherwise than these files of it: up to three are named, none is "".

    Raises:
        IntegrityError: the list cannot be read.
    """
    expected, present = read_sums(folder), _digests(folder, files)
    faults = dict.fromkeys(expected.keys() - present.keys(), "is missing")
    faults |= dict.fromkeys(present.keys() - expected.keys(), "is left over")
    faults |= {name: "has other bytes" for name in expected.keys() & present.keys() if expected[name] != present[name]}
    return few([f"{name} {fault}" for name, fault in sorted(faults.items())])


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _digests(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Path below ``folder`` → digest, sorted by path."""
    listed = sorted((path.relative_to(folder).as_posix(), path) for path in files)
    with ThreadPoolExecutor(usable_cores()) as pool:
        return dict(zip((name for name, _ in listed), pool.map(file_digest, (path for _, path in listed)), strict=True))


def _listed(digests: Mapping[str, str]) -> str:
    """One line for each file, as ``sha256sum`` writes it: digest, two spaces, path."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
