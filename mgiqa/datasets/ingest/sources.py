"""Where a dataset comes from → a local folder in its official layout."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mgiqa.datasets.ingest.archives import UnpackLimits, is_archive, unpack
from mgiqa.errors import MissingExtra, SettingsError, SourceError
from mgiqa.settings.data import Sample, Source


def listed_source(sources: Mapping[str, Source], dataset: str) -> Source:
    """Where a dataset comes from, of those that ``ingest.datasets`` lists.

    Raises:
        SettingsError: it is not among them.
    """
    if dataset not in sources:
        raise SettingsError(
            f"params.yaml does not list {dataset} under ingest.datasets",
            remedy=f"Add `{dataset}: {{source: FOLDER}}` there.",
        )
    return sources[dataset]


def source_key(source: Source, sample: Sample, base: Path) -> str:
    """A hash of what decides where files come from, so that another source never finds the leavings of this one."""
    local = base / Path(source.source).expanduser()
    stamp = local.stat().st_mtime_ns if local.is_file() else 0
    content = json.dumps([source.source, stamp, sample.model_dump()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def bring(source: str, base: Path, work: Path, max_unpacked: int) -> tuple[Path, bool]:
    """Makes the dataset at ``source`` a local folder.

    Args:
        source: a folder; a zip or tar archive; a ``.dvc`` file; or an address known to fsspec, of an archive or folder.
        base: what relative paths start from.
        work: a folder that survives a kill; what was fetched and unpacked there is not fetched again.
        max_unpacked: bytes that an archive may unpack to.

    Returns:
        The folder, and whether it lies in ``work``, so that its files may be linked rather than copied.

    Raises:
        SourceError: it is not there, cannot be fetched or cannot be trusted.
    """
    local = base / Path(source).expanduser()
    if "://" in source or source.endswith(".dvc"):
        fetch = _fetch if "://" in source else _fetch_dvc
        fetched = _once(work / "fetched", lambda part: fetch(source if "://" in source else str(local), part))
        archive = is_archive(source.partition("?")[0].removesuffix(".dvc"))
        local = next(fetched.iterdir()) if archive else fetched
    if local.is_dir():
        return local, local.is_relative_to(work)
    if local.is_file() and is_archive(local.name):
        return _once(work / "unpacked", lambda part: unpack(local, part, UnpackLimits(max_unpacked))), True
    what = "is no folder and no archive (zip, tar)" if local.exists() else "is not there"
    raise SourceError(
        f"the source {source} {what}", remedy="Correct `source` in params.yaml, or see `mgiqa datasets show`."
    )


def _once(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, made whole by ``make`` unless an earlier run made it."""
    if not folder.exists():
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        make(part)
        part.rename(folder)
    return folder


def _fetch(address: str, folder: Path) -> None:
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtra(f"{address} needs fsspec", remedy="Install mgiqa[data].") from error
    try:
        files, path = fsspec.core.url_to_fs(address)
        _copy_from(files, path, folder)
    except ImportError as error:
        raise MissingExtra(f"{address} needs a package: {error}", remedy="Install it.") from error
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{address} cannot be fetched: {error}", remedy="Check the address and the network."
        ) from error


def _copy_from(files: Any, path: str, folder: Path) -> None:
    """Copies an archive, or what a folder holds, from any fsspec file system."""
    if is_archive(path):
        files.get_file(path, str(folder / path.rpartition("/")[2]))
    else:
        files.get(path.rstrip("/") + "/", f"{folder}/", recursive=True)


def _fetch_dvc(pointer: str, folder: Path) -> None:
    """Reads what a ``.dvc`` file points to, from DVC's cache or remote, without touching its checkout."""
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException

    tracked = Path(pointer).with_suffix("")
    try:
        files = DVCFileSystem(str(tracked.parent), subrepos=True)
        path = "/" + tracked.relative_to(files.repo.root_dir).as_posix()
        _copy_from(files, path, folder)
    except (DvcException, OSError, ValueError) as error:
        raise SourceError(f"{pointer} cannot be read from DVC: {error}", remedy="Try `dvc pull` there.") from error
