"""Ingest: one dataset in, with every file that its labels name, in one schema.

Files gather in a work folder, which survives a kill, and move into the result when all are there.
"""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.ingest.files import IngestJournal, ingest_files, settle
from mgiqa.datasets.ingest.records import make_records, record_counts
from mgiqa.datasets.ingest.sources import bring
from mgiqa.datasets.read.labels import Labels, read_labels
from mgiqa.datasets.schema import RECORDS, write_table
from mgiqa.datasets.split.public import with_split
from mgiqa.errors import SettingsError
from mgiqa.records import Check, Summary
from mgiqa.settings import Settings
from mgiqa.settings.data import Source
from mgiqa.workspace import Workspace


def run(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
    """Writes the dataset's files and ``records.parquet``.

    Raises:
        SettingsError: ``params.yaml`` does not list the dataset, or the catalogue does not know it.
        DataError: the source, the labels or all of the images are not there, or not as they must be.
    """
    source = _source(settings, dataset)
    entry = find(dataset, source)
    work = workspace.work(f"ingest-{dataset}-{_key(settings, workspace, source)}")
    with workspace.alone(work):
        return _bring_in(settings, workspace, draft, dataset, entry, work)


def _bring_in(
    settings: Settings, workspace: Workspace, draft: Path, dataset: str, entry: Dataset, work: Path
) -> Summary:
    source = settings.ingest.datasets[dataset]
    folder, ours = _folder(settings, workspace, dataset, source, work)
    labels = read_labels(entry, folder, everything=source.everything)
    labels = replace(labels, table=with_split(labels.table, entry, source, workspace.home))
    taken = ingest_files(
        labels, work / "files", IngestJournal(work / "journal.jsonl"), link=ours, workers=settings.ingest.workers
    )
    records = make_records(labels, taken, workspace.raw(dataset).relative_to(workspace.root))
    missing = records[records["path"].isna()]
    kept = records.dropna(subset="path") if source.partial else records
    settle(work / "files", draft)
    write_table(kept, draft / RECORDS)
    shutil.rmtree(work)
    return Summary(
        stage="ingest",
        facts={
            "dataset": entry.title,
            "layout": labels.layout.name,
            "rows": len(kept),
            "contents": kept["content"].nunique(),
            "images missing": len(missing),
            "left out by protocol": labels.left_out,
            "source": "sample" if source.source == "sample" else "official files",
        },
        tables={"Scores as declared": record_counts(kept, labels.layout)},
        checks=(_files_complete(labels, list(missing["image_id"]), source),),
    )


def _source(settings: Settings, dataset: str) -> Source:
    if dataset not in settings.ingest.datasets:
        raise SettingsError(
            f"params.yaml does not list {dataset} under ingest.datasets",
            remedy=f"Add `{dataset}: {{source: FOLDER}}` there.",
        )
    return settings.ingest.datasets[dataset]


def _key(settings: Settings, workspace: Workspace, source: Source) -> str:
    """A hash of what decides where files come from, so that another source never finds the leavings of this one."""
    local = workspace.home / Path(source.source).expanduser()
    stamp = local.stat().st_mtime_ns if local.is_file() else 0
    content = json.dumps([source.source, stamp, settings.sample.model_dump()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _folder(settings: Settings, workspace: Workspace, dataset: str, source: Source, work: Path) -> tuple[Path, bool]:
    """The dataset as a local folder, and whether it is ours to link from."""
    if source.source != "sample":
        return bring(source.source, workspace.home, work, settings.ingest.max_unpacked)
    from mgiqa.datasets.sample import write_sample

    shutil.rmtree(work, ignore_errors=True)
    write_sample(dataset, work / "sample", settings.sample)
    return work / "sample", True


def _files_complete(labels: Labels, missing: list[str], source: Source) -> Check:
    share = len(missing) / len(labels.table)
    limit = 1.0 if source.partial else source.max_missing
    first = f", first {missing[0]}" if missing else ""
    return Check(
        "files_complete",
        share <= limit,
        f"{len(missing)} of {len(labels.table)} images that the labels name are missing ({share:.2%}, "
        f"limit {limit:.2%}{first})",
    )
