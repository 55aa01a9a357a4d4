"""The champion's scores for the images that a challenger was scored on: those kept with its version, or new ones."""

import numpy as np
import pandas as pd

from mgiqa.evaluation.comparison.score_table import scores_for, verify_images
from mgiqa.registry.kept import keep_predictions, kept_predictions
from mgiqa.registry.models import Version
from mgiqa.registry.recorded import listed_weights
from mgiqa.registry.store import Store
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


def champion_scores(
    settings: Settings, workspace: Workspace, store: Store, champion: Version, asked: pd.DataFrame
) -> pd.DataFrame:
    """The champion's scores for the images in ``asked``: those that were kept, else new ones, which are then kept."""
    kept = kept_predictions(store, champion)
    scores = None if kept is None else scores_for(asked, kept)
    if scores is None:
        verify_images(asked, workspace.root)
        scores = asked.assign(score=_ask(settings, workspace, store, champion, asked))
        keep_predictions(store, champion, scores)
    return scores


def _ask(settings: Settings, workspace: Workspace, store: Store, champion: Version, images: pd.DataFrame) -> np.ndarray:
    """Mean overall scores of the champion (n,); NaN where no answer could be read."""
    from mgiqa.evaluation.inference import ask_as_set
    from mgiqa.models.origin import how_read, read_origin
    from mgiqa.scoring.generation import Decoding
    from mgiqa.scoring.scorer import Score

    options = settings.evaluate
    decoding = Decoding(options.answers, options.temperature, settings.seed, options.max_tokens)
    weights = listed_weights(workspace, store, champion)
    texts = ask_as_set(weights, champion.digest, images, workspace, decoding, options)
    overall = how_read(read_origin(weights))
    return np.array([Score.of(answers, overall).overall for answers in texts])
