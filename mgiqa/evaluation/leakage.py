"""Whether a comparison is fair: no model may be judged on images that it, or the one beside it, learned from.

A table of splits has one row per image: ``split`` (train, val, test), ``dataset, content, sha256``; training and
validation both shape a model. An image leaks if the same file, or another image of its content, did.
"""

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


def leaked(images: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Those of ``images`` (columns ``content, sha256``) that a model made with ``splits`` learned from."""
    shaping = splits[splits["split"] != "test"]
    same_content = images["content"].isin(shaping["content"].dropna())
    return images[same_content | images["sha256"].isin(shaping["sha256"].dropna())]


def find_leak(challenger: Side, champion: Side | None, compared: pd.DataFrame) -> Decision | None:
    """Why the gate must not compare the two; None if it may.

    Args:
        challenger: asks for the champion's place.
        champion: has it; None for a first champion.
        compared: the challenger's test images, on which both are scored.

    Returns:
        A refusal where one of them learned from images on which it is compared, or the challenger from those that the
        champion was tested on, or where it is unknown what one learned from.
    """
    for side in (challenger, champion):
        if side and side.splits is None:
            return Decision(False, (_unknown(side, challenger),), {"images": len(compared)})
    tests = [(challenger, challenger.name, compared)]
    if champion and champion.splits is not None:
        own = champion.splits[champion.splits["split"] == "test"]
        tests += [(champion, challenger.name, compared), (challenger, champion.name, own)]
    for learner, tested, images in tests:
        found = leaked(images, learner.splits) if learner.splits is not None else images
        if len(found):
            sentence = _refusal(learner, tested, found, len(images))
            return Decision(False, (sentence,), {"images": len(images), "leaked": len(found)})
    return None


def _unknown(side: Side, challenger: Side) -> str:
    if side is challenger:
        remedy = "register it again: dvc repro --force --single-item register"
    else:
        remedy = "register that model again at its commit, or take the alias champion off it in MLflow's page"
    return f"It is unknown which images {side.name} learned from, so nothing fair can be said; {remedy}."


def _refusal(learner: Side, tested: str, found: pd.DataFrame, images: int) -> str:
    if learner.name == tested:
        whose, remedy = f"its own {images} test images", "bring the pipeline up to date: dvc repro"
    else:
        whose = f"the {images} test images of {tested}"
        remedy = "train the challenger on the champion's splits (the same datasets, seed and section normalize)"
    return (
        f"{learner.name} learned from the contents of {len(found)} of {whose} (such as {found['content'].iloc[0]}), so "
        f"nothing fair can be said; {remedy}."
    )
