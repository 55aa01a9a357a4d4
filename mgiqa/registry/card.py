"""What the registry's pages say in words: of the model as a whole, of one version, and of a run. Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from mgiqa.attributes import ATTRIBUTES, LABEL_OF, TITLES
from mgiqa.settings import Settings

PURPOSE = f"""Scores the quality of an image from 1 (worst) to 5 (best), and says why: \
{", ".join(attribute.label.lower() for attribute in ATTRIBUTES)}.

A vision-language model trained by reinforcement learning to rank, on datasets whose scores live on different scales.

* **champion** is the version in use: `mgiqa score PHOTO.jpg`.
* **challenger** is the version registered last: `mgiqa promote` asks the gate whether it may take over, on the same \
images.
* `mgiqa rollback` undoes the last promotion; `mgiqa models` lists all versions.
"""

SAMPLE_NOTE = (
    "Trained and measured on generated images with simulated raters: it shows that the pipeline works, no more."
)


def version_card(
    settings: Settings,
    headline: Mapping[str, Mapping[str, Any]],
    score: str,
    images: int,
    datasets: int,
    origin: Mapping[str, str],
) -> str:
    """Describes a version.

    Args:
        settings: that the policy was made with.
        headline: model → ``srcc``, ``draws`` and ``parse_rate``; see ``data/evaluation/headline.json``.
        score: which overall score the version gives in use, ``overall`` or ``pooled``.
        images: number of test images.
        datasets: number of datasets that they are from.
        origin: name → identifier of what it comes from: run, commit, DVC hash, prompt.
    """
    sources = settings.ingest.datasets
    generated = all(source.source == "sample" for source in sources.values())
    policy = headline["policy"]
    lines = [
        f"Overall SRCC {figure(policy['srcc'][score])} with human scores on unseen contents ({TITLES[score].lower()}).",
        "",
        *([SAMPLE_NOTE, ""] if generated else []),
        f"SRCC on the {images} images of the test split, mean over datasets ({datasets}). All models are read alike: "
        "the overall score as answers say it (direct), and pooled with the technical attributes. Answers to an image, "
        f"of which a score is the mean: {policy['draws']}.",
        "",
        *_table(headline),
        "",
        f"**Training.** `{settings.base.model}`, then {settings.warmup.steps} steps of warm-up, then "
        f"{settings.train.steps} steps of GRPO with reward `{settings.train.reward}`, seed {settings.seed}; "
        f"datasets {', '.join(sources)}.",
        "",
        f"**Origin.** {', '.join(f'{name} `{value}`' for name, value in origin.items())}.",
        "",
        "**Use.** `mgiqa score PHOTO.jpg` once it is champion; as a service: "
        f"`mlflow models serve -m models:/{settings.register_.model}@champion --env-manager local`, "
        "which takes a column `image` (base64, or a path on its machine).",
    ]
    return "\n".join(lines)


def _table(headline: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    rows = [
        [model, *(figure(figures["srcc"][key]) for key in LABEL_OF), f"{100 * figures['parse_rate']:.1f} %"]
        for model, figures in headline.items()
    ]
    head = ["model", *TITLES.values(), "answers read"]
    return [_row(head), "|:---" + "|---:" * (len(head) - 1) + "|", *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    """Cells are padded by no-break spaces, since MLflow's pages set tables without any."""
    return "|" + "|".join(f"\N{NO-BREAK SPACE} {cell} \N{NO-BREAK SPACE}" for cell in cells) + "|"


def figure(value: float | None) -> str:
    """A correlation as people read it; a dash where it is undefined."""
    return "–" if value is None else f"{value:.3f}"
