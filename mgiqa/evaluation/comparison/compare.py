"""Two models on the same images: per dataset and over all, with an interval, a test, and a verdict in words."""

from dataclasses import asdict, dataclass
from typing import Any

from mgiqa.attributes import TITLES
from mgiqa.errors import DataError
from mgiqa.evaluation.comparison.models import ComparedModel
from mgiqa.evaluation.results.pairing import Pairing, pair
from mgiqa.metrics.difference import Difference, difference
from mgiqa.records import defined


@dataclass(frozen=True)
class _Row:
    """One dataset: how many images have both scores, and the difference on them."""

    dataset: str
    n: int
    difference: Difference


@dataclass(frozen=True)
class Comparison:
    """How ``first`` compares with ``second``.

    Attributes:
        first: name.
        second: name.
        images: in both tables.
        scored: of these, with both scores and a human score; the figures rest on them.
        failures: of these, without a score of the first, and of the second.
        only: images that only the first, and only the second table has; they are left out.
        datasets: one row for each that can be ranked.
        left_out: datasets with too few images or human scores to rank.
        mean: over ``datasets``, each counting the same.
        score: what of our own tables was compared, in words; empty where both are others'.
        pairing: the images, for plots.
    """

    first: str
    second: str
    images: int
    scored: int
    failures: tuple[int, int]
    only: tuple[int, int]
    datasets: tuple[_Row, ...]
    left_out: tuple[str, ...]
    mean: Difference
    score: str
    pairing: Pairing

    @property
    def verdict(self) -> str:
        """One sentence, by the interval of the mean difference."""
        low, high = self.mean.interval
        figures = (
            f"difference of SRCC {self.mean.difference:+.3f} [{low:+.3f}, {high:+.3f}], p = {self.mean.p_value:.3f}"
        )
        if low > 0:
            return f"{self.first} ranks better than {self.second}: {figures}."
        if high < 0:
            return f"{self.second} ranks better than {self.first}: {figures}."
        return f"Neither can be said to rank better: {figures}."

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what is undefined becomes None."""
        facts = {name: getattr(self, name) for name in ("first", "second", "score", "images", "scored")}
        rows = [asdict(row) for row in self.datasets]
        facts |= {"failures": self.failures, "only": self.only, "left_out": self.left_out, "datasets": rows}
        return dict(defined(facts | {"mean": asdict(self.mean), "verdict": self.verdict}))


def compare_models(first: ComparedModel, second: ComparedModel, *, resamples: int = 1000, seed: int = 0) -> Comparison:
    """Compares two models by SRCC, on the images that both have.

    Args:
        first: one.
        second: the other.
        resamples: of the paired bootstrap and of the permutation test, over contents.
        seed: of both.

    Raises:
        DataError: they have no image in common, human scores differ, or no dataset can be ranked.
    """
    pairing = pair(first.scores, second.scores)
    if pairing.both.empty:
        raise DataError(
            f"{first.name} and {second.name} have no image in common",
            remedy="Compare predictions for the same images, under the same names.",
        )
    if pairing.relabelled:
        raise DataError(
            f"{len(pairing.relabelled)} images have another human score, dataset or content in {second.name} than in "
            f"{first.name}, such as {pairing.relabelled[0]}",
            remedy="Compare predictions for the same labels.",
        )
    named = pairing.benchmarks()
    if not named:
        raise DataError(
            f"no dataset can be ranked: {len(pairing.scored)} images have a human score and both scores",
            remedy="At least 3 images with different human scores are needed.",
        )
    rows = tuple(_Row(name, len(part.mos), difference([part], resamples, seed)) for name, part in named.items())
    return Comparison(
        first=first.name,
        second=second.name,
        images=len(pairing.both),
        scored=len(pairing.scored),
        failures=(int(pairing.both["first"].isna().sum()), int(pairing.both["second"].isna().sum())),
        only=(len(pairing.only_first), len(pairing.only_second)),
        datasets=rows,
        left_out=pairing.unranked(),
        mean=difference(list(named.values()), resamples, seed) if len(rows) > 1 else rows[0].difference,
        score=_score(first, second),
        pairing=pairing,
    )


def _score(*models: ComparedModel) -> str:
    """``Overall, pooled; policy: 4 answers to an image; warmup: 24 answers to an image``."""
    ours = [one for one in models if one.score]
    means = [f"{one.name}: {one.draws} answers to an image" for one in ours]
    return "; ".join([TITLES[ours[0].score], *means]) if ours else ""
