"""What the gate compares: the overall scores of two models for the same images, each read as it is in use.

A score table has one row per image: image_id, sha256, path, dataset, content, per_content (as in the manifest), mos
(human score on the 1-5 scale) and score (mean over the answers that could be read); both are NaN where there is none.
"""

from pathlib import Path

import pandas as pd

from mgiqa.errors import DataError
from mgiqa.evaluation.results.predictions import in_use, per_image, scores_of
from mgiqa.models.digest import file_digest

SCORE_COLUMNS = ("image_id", "sha256", "path", "dataset", "content", "per_content", "mos", "score")
_IMAGE = ["image_id", "sha256"]


def score_table(predictions: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """The score table of one model.

    Args:
        predictions: rows of one model; see ``mgiqa.evaluation.results.predictions``.
        manifest: tells the images' hashes and paths.

    Returns:
        The columns that the module names, sorted by ``image_id``.
    """
    scored = scores_of(per_image(predictions), in_use(predictions, predictions["model"].iloc[0]))
    located = scored.merge(manifest[[*_IMAGE, "path"]], on="image_id", validate="one_to_one")
    return located[list(SCORE_COLUMNS)].sort_values("image_id", ignore_index=True)


def scores_for(challenger: pd.DataFrame, champion: pd.DataFrame) -> pd.DataFrame | None:
    """The champion's scores in the rows and with the labels of the challenger's score table.

    Returns:
        A score table, or None if the champion has no score for one of the images: an image is the same if its
        identifier and its content are.
    """
    theirs = champion[[*_IMAGE, "score"]]
    joined = challenger.drop(columns="score").merge(
        theirs, on=_IMAGE, how="left", indicator="known", validate="one_to_one"
    )
    return None if (joined["known"] != "both").any() else joined[list(SCORE_COLUMNS)]


def verify_images(challenger: pd.DataFrame, root: Path) -> None:
    """Makes sure that the images of a score table lie in a workspace, byte for byte.

    Raises:
        DataError: one is missing or has changed; the first is named, all are counted.
    """
    expected = dict(zip(challenger["path"].astype(str), challenger["sha256"], strict=True))
    missing = [path for path in expected if not (root / path).is_file()]
    changed = [path for path in expected.keys() - set(missing) if file_digest(root / path) != expected[path]]
    if missing or changed:
        raise DataError(
            f"of {len(challenger)} test images {len(missing)} are not in {root} and {len(changed)} have changed "
            f"(such as {[*missing, *sorted(changed)][0]}), so the champion cannot be scored on them",
            remedy="Bring them back with `dvc checkout`, or register the challenger again with `dvc repro`.",
        )
