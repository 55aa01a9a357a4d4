"""What is told of an evaluation in short: a few figures, four tables, and how many answers could not be read."""

import pandas as pd

from mgiqa.attributes import TITLES
from mgiqa.evaluation.results.folder import Results
from mgiqa.evaluation.results.gain import AFTER, BEFORE
from mgiqa.evaluation.results.predictions import in_use
from mgiqa.records import Check, Summary, defined


def evaluation_summary(images: pd.DataFrame, results: Results, max_failures: float) -> Summary:
    """Of the stage ``evaluate``.

    Args:
        images: those that were asked about.
        results: what came of it.
        max_failures: share of the policy's answers that may be unreadable.
    """
    short, policy = results.headline, results.reading[AFTER]
    failed, score = 1 - policy["parse_rate"], in_use(results.predictions, AFTER)
    shares = {model: f"{100 * figures['parse_rate']:.1f} %" for model, figures in short.items()}
    means = f"a score is the mean of {policy['draws']} answers" if policy["draws"] > 1 else "one answer to an image"
    return Summary(
        "evaluate",
        facts={
            "images": len(images),
            "contents": int(images["content"].nunique()),
            "policy SRCC": short[AFTER]["srcc"][score],
            "of": TITLES[score].lower(),
        },
        tables={
            f"SRCC on unseen contents, mean over datasets; {means}": [
                {"model": model, **figures["srcc"], "answers read": shares[model]} for model, figures in short.items()
            ],
            "Policy beside warm-up, on the same images and read alike": [
                {
                    "score": key,
                    BEFORE: defined(figures.second),
                    AFTER: defined(figures.first),
                    "difference": _signed(figures.difference),
                    "95 % interval": f"{_signed(figures.interval[0])} … {_signed(figures.interval[1])}",
                }
                for key, figures in results.gains.items()
            ],
            "Attributes of the policy, beside its overall score (direct)": [
                {
                    "dataset": dataset,
                    "attribute": figures.key,
                    "SRCC": defined(figures.srcc),
                    "SRCC of its overall (direct)": defined(figures.copy_overall),
                    "given people's overall": _signed(figures.partial),
                    "equal to its overall (direct)": defined(figures.identical),
                }
                for dataset, beside in results.validity[AFTER].items()
                for figures in beside.attributes
            ],
            "Different values in use": [{"model": model, **figures["distinct"]} for model, figures in short.items()],
        },
        checks=(
            Check(
                "failure_rate",
                failed <= max_failures,
                f"{policy['failures']} of the policy's {policy['answers']} answers ({failed:.1%}) cannot be read; "
                f"the limit is {max_failures:.1%}.",
            ),
        ),
    )


def _signed(value: float) -> str:
    return "–" if value != value else f"{value:+.3f}"  # NaN is unequal to itself
