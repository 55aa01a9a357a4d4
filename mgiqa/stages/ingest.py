"""Ingest: one dataset in, with every file that its labels name, in one schema.

Files gather in a work folder, which survives a kill, and move into the result when all are there.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.ingest.files import IngestJournal, ingest_files, settle
from mgiqa.datasets.ingest.records import make_records
from mgiqa.datasets.ingest.sources import bring, listed_source, source_key
from mgiqa.datasets.ingest.summary import ingest_summary
from mgiqa.datasets.read.labels import read_labels
from mgiqa.datasets.schema import RECORDS, write_table
from mgiqa.datasets.split.public import with_split
from mgiqa.records import Summary
from mgiqa.settings import Settings
from mgiqa.settings.data import Source
from mgiqa.workspace import Workspace


def run(settings: Settings, workspace: Workspace, draft: Path, dataset: str) -> Summary:
    """Writes the dataset's files and ``records.parquet``.

    Raises:
        SettingsError: ``params.yaml`` does not list the dataset, or the catalogue does not know it.
        DataError: the source, the labels or all of the images are not there, or not as they must be.
    """
    source = listed_source(settings.ingest.datasets, dataset)
    entry = find(dataset, source)
    work = workspace.work(f"ingest-{dataset}-{source_key(source, settings.sample, workspace.home)}")
    with workspace.alone(work):
        folder, ours = _folder(settings, workspace, dataset, source, work)
        labels = read_labels(entry, folder, everything=source.everything)
        labels = replace(labels, table=with_split(labels.table, entry, source, workspace.home))
        journal = IngestJournal(work / "journal.jsonl")
        taken = ingest_files(labels, work / "files", journal, link=ours, workers=settings.ingest.workers)
        records = make_records(labels, taken, workspace.raw(dataset).relative_to(workspace.root))
        kept = records.dropna(subset="path") if source.partial else records
        settle(work / "files", draft)
        write_table(kept, draft / RECORDS)
        shutil.rmtree(work)
    return ingest_summary(entry, labels, records, kept, source)


def _folder(settings: Settings, workspace: Workspace, dataset: str, source: Source, work: Path) -> tuple[Path, bool]:
    """The dataset as a local folder, and whether it is ours to link from."""
    if source.source != "sample":
        return bring(source.source, workspace.home, work, settings.ingest.max_unpacked)
    from mgiqa.datasets.sample import write_sample

    shutil.rmtree(work, ignore_errors=True)
    write_sample(dataset, work / "sample", settings.sample)
    return work / "sample", True
