"""On which images two models may be compared: those from which neither learned.

A table of splits has one row per image: ``split`` (train, val, test), ``dataset, content, sha256``; training and
validation both shape a model. An image leaks if the same file, or another image of its content, did.
"""

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from mgiqa.records import Decision


class Side(NamedTuple):
    """One side of a comparison.

    Attributes:
        name: for people.
        splits: that the model was made with; None where they are unknown.
    """

    name: str
    splits: pd.DataFrame | None


@dataclass(frozen=True)
class Fair:
    """The images on which two models may be compared.

    Attributes:
        images: those from which neither learned.
        left_out: how many others there were.
        sentences: which of the two learned from them; empty if there were none.
    """

    images: pd.DataFrame
    left_out: int
    sentences: tuple[str, ...]

    def told(self, decision: Decision) -> Decision:
        """``decision``, with what was left out."""
        reasons = (*decision.reasons, *self.sentences)
        return Decision(decision.promote, reasons, {**decision.figures, "learned": self.left_out})


def leaked(images: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Those of ``images`` (columns ``content, sha256``) that a model made with ``splits`` learned from."""
    shaping = splits[splits["split"] != "test"]
    same_content = images["content"].isin(shaping["content"].dropna())
    return images[same_content | images["sha256"].isin(shaping["sha256"].dropna())]


def unlearned(images: pd.DataFrame, challenger: Side, champion: Side | None, least: int) -> Fair | Decision:
    """Leaves out the images from which one of the two learned.

    Args:
        images: the challenger's test images.
        challenger: asks for the champion's place.
        champion: has it; None for a first champion.
        least: fewest images that a comparison needs.

    Returns:
        What is left; a refusal where that is too little, or where it is unknown what one of the two learned from.
    """
    sides = [side for side in (challenger, champion) if side]
    learned, sentences = set[object](), []
    for side in sides:
        if side.splits is None:
            return Decision(False, (_unknown(side, challenger),), {"images": len(images)})
        known = leaked(images, side.splits)
        if len(known):
            learned |= set(known.index)
            sentences.append(
                f"{len(known)} of {len(images)} test images are left out: {side.name} learned from their contents "
                f"(such as {known['content'].iloc[0]})."
            )
    fair = Fair(images.drop(index=list(learned)), len(learned), tuple(sentences))
    if len(fair.images) >= least:
        return fair
    return fair.told(Decision(False, (_too_few(fair, len(images), least),), {"images": len(images)}))


def _unknown(side: Side, challenger: Side) -> str:
    if side is challenger:
        remedy = "register it again: dvc repro --force --single-item register"
    else:
        remedy = "register that model again at its commit, or take the alias champion off it in MLflow's page"
    return f"It is unknown which images {side.name} learned from, so nothing fair can be said; {remedy}."


def _too_few(fair: Fair, images: int, least: int) -> str:
    """What to do depends on whether there were too few from the start."""
    remedy = "test on more (normalize.test), or lower promote.min_images"
    if images >= least:
        remedy = "train the challenger on the champion's splits (the same datasets, seed and section normalize)"
    return (
        f"Only {len(fair.images)} of {images} test images are such that neither model learned from them, where "
        f"promote.min_images asks for {least}, so nothing fair can be said; {remedy}."
    )
