"""What the report says of attribute scores: each beside copying, how they go together, and what several answers add."""

from typing import Any

from mgiqa.attributes import ATTRIBUTES, BY_KEY, TITLES
from mgiqa.columns import mos_column, score_column
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence
from mgiqa.metrics.calibration import calibration
from mgiqa.records import defined


def validity_tables(evidence: Evidence) -> list[dict[str, Any]]:
    """Per dataset a row per attribute: SRCC beside both kinds of copying, and partial correlations.

    The model's overall score is the direct one here, since the pooled one is partly made of the attributes.
    """
    return [
        {
            "title": evidence.title(dataset),
            "rows": [
                {
                    "label": BY_KEY[figures["key"]].label,
                    "interval": figures["intervals"].get("beyond"),
                    "ends": figures["intervals"].get("partial"),
                    **figures,
                }
                for figures in judged["attributes"]
            ],
        }
        for dataset, judged in evidence.validity[SUBJECT].items()
    ]


def matrices(evidence: Evidence) -> list[dict[str, Any]]:
    """Per dataset: SRCC between attributes, of people's scores and of the model's (overall: direct), row by row."""
    return [
        {
            "title": evidence.title(dataset),
            **{
                name: {"labels": labels, "rows": list(zip(labels, defined(judged[kind]), strict=True))}
                for name, kind in (("people", "true"), ("model", "predicted"))
                for labels in [[BY_KEY[key].label for key in judged["keys"]]]
            },
        }
        for dataset, judged in evidence.validity[SUBJECT].items()
    ]


def calibration_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """Per attribute, over all datasets on the common scale, what several answers to an image are worth; none of one."""
    answers = evidence.predictions[evidence.predictions["model"] == SUBJECT]
    if answers["answer"].max() == 0:
        return []
    rows = []
    for attribute in ATTRIBUTES:
        wide = answers.pivot(index="image_id", columns="answer", values=score_column(attribute.key))
        mos = answers.drop_duplicates("image_id").set_index("image_id")[mos_column(attribute.key)].reindex(wide.index)
        figures = calibration(wide.to_numpy(float), mos.to_numpy(float))
        if figures.n_scored:
            label = TITLES[evidence.score] if attribute.key == "overall" else attribute.label
            rows.append({"label": label, **figures.as_dict()})
    return rows
