"""The outputs that ``dvc.lock`` names, file by file, and the objects of DVC's cache."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mgiqa.integrity.record import FOLDER_HASH, Damage, Expected
from mgiqa.models.digest import file_digest
from mgiqa.registry.hashes import locked_hashes

if TYPE_CHECKING:
    from dvc.repo import Repo


@dataclass(frozen=True)
class Output:
    """One output of the pipeline.

    Attributes:
        path: relative to the workspace.
        value: its MD5; of a folder that of the list of its files, with ``.dir``.
    """

    path: str
    value: str


def locked_outputs(root: Path) -> list[Output]:
    """The outputs of ``dvc.lock``; none where there is no such file.

    Raises:
        IntegrityError: it is no YAML of DVC's form.
    """
    return [Output(path, value) for path, value in locked_hashes(root).items()]


def files_of(output: Output, repo: "Repo") -> tuple[list[Expected], list[Damage]]:
    """The files of an output with their hashes, and what is wrong with their names.

    Without a sound list in the cache, the names and bytes of a folder are held to the hash of the whole.
    """
    target = Path(repo.root_dir) / output.path
    if not output.value.endswith(FOLDER_HASH):
        return [Expected("data", target, "md5", output.value)], []
    there = {path.relative_to(target).as_posix() for path in _listed(target, repo)}
    listed = files_in(output.value, repo)
    if listed is None:
        same = _folder_hash(target, there) == output.value
        return [], [] if same else [Damage("data", str(target), f"is not the folder {output.value} of dvc.lock")]
    extra = [Damage("data", str(target / name), "is left over") for name in sorted(there - listed.keys())]
    return [Expected("data", target / name, "md5", value) for name, value in listed.items()], extra


def files_in(value: str, repo: "Repo") -> Mapping[str, str] | None:
    """File → MD5, as the cache lists a folder; None where the list is missing or has rotted."""
    path = Path(repo.cache.local.oid_to_path(value))
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != value.removesuffix(FOLDER_HASH):
        return None
    entries: list[dict[str, Any]] = json.loads(content)
    return {entry["relpath"]: entry["md5"] for entry in entries}


def cached(repo: "Repo", outputs: list[Output]) -> Iterator[Expected]:
    """Every object of the local cache, whose name is the MD5 of its bytes; in words what of the outputs it holds."""
    holds = {output.value: output.path for output in outputs}
    for output in outputs:
        listed = files_in(output.value, repo) if output.value.endswith(FOLDER_HASH) else None
        holds |= {value: f"{output.path}/{name}" for name, value in (listed or {}).items()}
    odb = repo.cache.local
    for oid in sorted(odb.all()):
        yield Expected("cache", Path(odb.oid_to_path(oid)), "md5", oid.removesuffix(FOLDER_HASH), holds.get(oid, ""))


def _listed(target: Path, repo: "Repo") -> Iterator[Path]:
    """The files of a folder that DVC counts."""
    from dvc_objects.fs import localfs

    return (Path(name) for name in repo.dvcignore.find(localfs, str(target)))


def _folder_hash(target: Path, names: set[str]) -> str:
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    tree = Tree()
    for name in names:
        tree.add(tuple(name.split("/")), None, HashInfo("md5", file_digest(target / name, "md5")))
    tree.digest()
    return str(tree.oid)
