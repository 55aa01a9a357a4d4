"""What is told of a dataset that was taken in: its size, its scores as declared, and how many images are missing."""

import pandas as pd

from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.ingest.records import record_counts
from mgiqa.datasets.read.labels import Labels
from mgiqa.records import Check, Summary
from mgiqa.settings.data import Source


def ingest_summary(
    entry: Dataset, labels: Labels, records: pd.DataFrame, kept: pd.DataFrame, source: Source
) -> Summary:
    """Of the stage ``ingest``: ``records`` has a row for every label, ``kept`` those that are written."""
    missing = list(records.loc[records["path"].isna(), "image_id"])
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
        checks=(_files_complete(len(labels.table), missing, source),),
    )


def _files_complete(named: int, missing: list[str], source: Source) -> Check:
    share = len(missing) / named
    limit = 1.0 if source.partial else source.max_missing
    first = f", first {missing[0]}" if missing else ""
    return Check(
        "files_complete",
        share <= limit,
        f"{len(missing)} of {named} images that the labels name are missing ({share:.2%}, limit {limit:.2%}{first})",
    )
