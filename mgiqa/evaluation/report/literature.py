"""Published figures beside ours: only where protocol and images agree, and with the reason where they do not."""

from typing import Any

from mgiqa.evaluation.literature.figures import on_dataset, why_not_beside
from mgiqa.evaluation.literature.protocols import protocol_of
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence


def published_tables(evidence: Evidence) -> list[dict[str, Any]]:
    """Per dataset with published figures: ours, theirs, and for each of theirs why ours may not stand beside it.

    The built-in sample has the form of a dataset and none of its images, so it is left out.
    """
    counts = evidence.manifest.loc[evidence.manifest["split"] == "train", "dataset"].value_counts()
    protocol = protocol_of({str(name): int(count) for name, count in counts.items()})
    tables = []
    for name in evidence.datasets:
        if evidence.sources[name].get("source") == "sample":
            continue
        ours = evidence.metrics[SUBJECT][name][evidence.score]
        rows = [
            {
                "method": figure.method,
                "value": figure.value,
                "source": figure.source,
                "reason": why_not_beside(
                    figure,
                    protocol=protocol.name if protocol else None,
                    n=ours["n"],
                    n_scored=ours["n_scored"],
                    judged_by=ours["judged_by"],
                ),
            }
            for figure in on_dataset(name, "srcc")
        ]
        if rows:
            beside = sum(not row["reason"] for row in rows)
            tables.append(
                {"title": evidence.title(name), "ours": ours[ours["judged_by"]], "rows": rows, "beside": beside}
            )
    return tables
