"""Vision pre-training of the small model: before it learns to answer, its vision tower predicts scores by itself.

A vision tower with random weights is not trained by the loss on a few digits in an answer: the model learns the form
and ignores the image. A short regression of the human scores from the visual tokens cures that.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mgiqa.training.base.pooling import Pooling
from mgiqa.training.data import TrainingData, passes
from mgiqa.training.optimizers import build_optimizer

LEARNING_RATE = 6e-4
LOUDNESS = 0.3
"""Share of a token's length that says one standard deviation of an attribute."""
BACKGROUND = 0.5
"""Standard deviation over images of what a mean token holds besides the scores."""
ADDED_UP = 3.0
"""Weight of the overall score that the attributes add up to; every other score that is known counts 1. It is the only
target by which attributes learn from the images that nobody labelled them for. What 1, 3, 6 and 12 gave is told in
docs/log/2026-11-25-recipe.md."""
FEATURE_BATCH = 64


def pretrain_vision_tower(
    model: Any,
    images: Any,
    data: TrainingData,
    *,
    steps: int,
    batch: int,
    seed: int,
    pool: bool = False,
    progress: Callable[[int, float], object] = lambda step, loss: None,
) -> None:
    """Trains the vision tower of ``model`` in place to write the labelled scores into its tokens.

    Args:
        model: a Qwen2.5-VL.
        images: its image processor.
        data: images of the training split.
        steps: optimization steps; 0 leaves the model as it is.
        batch: images per step.
        seed: of the reading directions and of the order of images.
        pool: the overall score is also to be what the attributes add up to, where any are labelled at all
            (``mgiqa.training.base.pooling``).
        progress: called after each step with its number and loss, for a progress bar.
    """
    tower = model.model.visual
    mean, deviation = label_statistics(data.labels)
    targets = torch.from_numpy((data.labels - mean) / deviation).float()
    pooling = Pooling.of(data.labels, mean, deviation) if pool else None
    weights = torch.tensor([1.0] * targets.shape[1] + ([ADDED_UP] if pooling else []))
    directions = reading_directions(model.config.text_config.hidden_size, targets.shape[1], seed)
    if steps:
        start_from_regression(model, images, data, targets.numpy(), directions)
    optimizer = build_optimizer(tower, "muon", LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / max(steps, 1))
    tower.train()
    for step, (rows, mirrored) in enumerate(_batches(len(data), steps, batch, seed)):
        pictures = [data.image(row, flip) for row, flip in zip(rows, mirrored, strict=True)]
        said, wanted = read_scores(model, images, pictures, directions), targets[rows]
        if pooling:
            said = torch.column_stack([said, pooling(said)])
            wanted = torch.column_stack([wanted, wanted[:, -1]])
        error = weighted_error(said, wanted, weights)
        optimizer.zero_grad()
        error.backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        progress(step + 1, error.item())
    tower.eval()


def reading_directions(width: int, count: int, seed: int) -> torch.Tensor:
    """One fixed direction per attribute, orthogonal to each other.

    They are not trained. A trained head would amplify a whisper; with a fixed one the tower has to speak up: a token
    whose share ``LOUDNESS`` points along a direction says one standard deviation more of that attribute. The language
    model then finds the scores where it looks first, in the plain average of the normalized tokens.

    Args:
        width: of a token.
        count: attributes, at most ``width``.
        seed: of the directions.

    Returns:
        (count, width), each of length ``1 / (LOUDNESS · sqrt(width))``: a normalized token has the length
        ``sqrt(width)``, so one that lies along a direction with the share ``LOUDNESS`` gives 1.

    >>> directions = reading_directions(16, 2, seed=0)
    >>> [round(value, 4) + 0.0 for value in (directions @ directions.T * (LOUDNESS**2 * 16)).flatten().tolist()]
    [1.0, 0.0, 0.0, 1.0]
    """
    random = torch.randn(width, count, generator=torch.Generator().manual_seed(seed))
    return torch.linalg.qr(random).Q.T / (LOUDNESS * math.sqrt(width))


def read_scores(model: Any, images: Any, pictures: list[Any], directions: torch.Tensor) -> torch.Tensor:
    """What the visual tokens of each picture say on average, shape (n, a), in standard deviations.

    Tokens are normalized first, as the language model does: a tower cannot speak up by longer tokens.
    """
    inputs = images(images=pictures, return_tensors="pt").to(model.device)
    tokens = model.get_image_features(inputs["pixel_values"], inputs["image_grid_thw"]).pooler_output
    return torch.stack([(nn.functional.rms_norm(one, one.shape[-1:]) @ directions.T).mean(dim=0) for one in tokens])


@torch.no_grad()
def start_from_regression(
    model: Any, images: Any, data: TrainingData, targets: NDArray[np.float64], directions: torch.Tensor
) -> None:
    """Sets the last matrix of the vision tower by ridge regression: the tokens say at once what is linear in the rest.

    Along the reading directions a token says the regression of ``targets`` on what the merger's hidden layer holds on
    average; across them it keeps a random view of that layer, of the size ``BACKGROUND``.
    """
    merger = model.model.visual.merger.mlp
    seen: list[torch.Tensor] = []  # the hidden layer, after its activation: what the last matrix is multiplied with
    hook = merger[1].register_forward_hook(lambda module, inputs, output: seen.append(output))
    rows = range(len(data))
    means = []
    for start in range(0, len(data), FEATURE_BATCH):
        pictures = [data.image(row) for row in rows[start : start + FEATURE_BATCH]]
        inputs = images(images=pictures, return_tensors="pt")
        model.get_image_features(inputs["pixel_values"], inputs["image_grid_thw"])
        counts = (inputs["image_grid_thw"].prod(-1) // images.merge_size**2).tolist()
        means += [one.mean(dim=0) for one in torch.split(seen.pop(), counts)]
    hook.remove()
    features = torch.stack(means).double().numpy()
    # One strength of the ridge for all features needs one scale; a unit that hardly moves must not be blown up to it.
    center, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    slopes = np.stack([ridge_regression((features - center) / scale, column) / scale for column in targets.T])
    unit = torch.nn.functional.normalize(directions, dim=1)
    # Divided by the length of a direction, which reading multiplies with.
    said = (unit.T / directions.norm(dim=1)) @ torch.from_numpy(slopes).float()
    # The random weights lose what they hold along the directions, or they would add noise to the scores. They stay
    # across them: a token of scores alone would lose their size in the normalization, and the image to all else.
    rest = merger[2].weight - unit.T @ (unit @ merger[2].weight)
    spread = (torch.from_numpy(features - center).float() @ rest.T).std()
    merger[2].weight.copy_(said + rest * (BACKGROUND / spread))
    # The mean image says 0, the mean label, so that the first steps do not go into an offset.
    merger[2].bias.copy_(-merger[2].weight @ torch.from_numpy(center).float())


def ridge_regression(features: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slopes of the ridge regression of the known targets, its strength chosen by leave-one-out error.

        slopes = (X'X + λ)^-1 X'y;   e[i] = (y[i] - ŷ[i]) / (1 - h[i]), with h the diagonal of X (X'X + λ)^-1 X'

    All strengths share one singular value decomposition, and the error of leaving an image out follows from the fit to
    all: no fit is done twice. The known targets are centered as a whole.

    Args:
        features: (n, f), standardized.
        target: (n,), NaN where not known; without any known target the slopes are 0.

    Returns:
        (f,) change of the target per unit of each feature, 0 for one that is 0 on all images; λ is one of 16 values
        from 1 to 100 000.

    Source: Hoerl and Kennard, Technometrics, 1970; leave-one-out error, Allen, Technometrics, 1974.

    >>> x = np.linspace(-1.7, 1.7, 300)[:, None]
    >>> ridge_regression(x, 2 * x[:, 0]).round(1).tolist()  # shrunk a little, by 1 / (1 + λ / 290) with λ = 1
    [2.0]
    >>> ridge_regression(x, np.full(300, np.nan)).tolist()
    [0.0]
    """
    known = np.isfinite(target)
    if not known.any():
        return np.zeros(features.shape[1])
    left, size, right = np.linalg.svd(features[known], full_matrices=False)
    y = target[known] - target[known].mean()

    def fit(strength: float) -> tuple[float, NDArray[np.float64]]:
        shrink = size**2 / (size**2 + strength)
        residual = (y - left @ (shrink * (left.T @ y))) / (1 - (left**2 * shrink).sum(axis=1))
        slopes = np.divide(shrink, size, out=np.zeros_like(size), where=size > 0)  # along nothing there is no slope
        return float((residual**2).mean()), right.T @ (slopes * (left.T @ y))

    return min((fit(strength) for strength in np.logspace(0, 5, 16)), key=lambda fitted: fitted[0])[1]


def label_statistics(labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each attribute; 0 and 1 for one that nobody labelled.

    >>> mean, deviation = label_statistics(np.array([[2.0, np.nan], [4.0, np.nan], [np.nan, np.nan]]))
    >>> mean.tolist(), deviation.tolist()
    ([3.0, 0.0], [1.0, 1.0])
    """
    known = np.isfinite(labels).any(axis=0)
    filled = np.where(known, labels, 0.0)
    deviation = np.nanstd(filled, axis=0)
    return np.nanmean(filled, axis=0), np.where(deviation > 0, deviation, 1.0)


def weighted_error(predicted: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean square over the known targets.

        L = Σ w[a] (p[i, a] - t[i, a])² / Σ w[a], over the known t

    Args:
        predicted: (n, a).
        target: (n, a), NaN where not known; at least one is.
        weights: (a,) at least 0.

    Returns:
        The error, a scalar; it does not depend on how many targets are known.

    >>> predicted, target = torch.tensor([[1.0, 9.0], [0.0, 2.0]]), torch.tensor([[0.0, float("nan")], [0.0, 0.0]])
    >>> weighted_error(predicted, target, torch.tensor([1.0, 2.0])).item()  # (1 + 0 + 2 · 4) / (1 + 1 + 2)
    2.25
    """
    known = torch.isfinite(target)
    errors = torch.where(known, predicted - torch.nan_to_num(target), 0.0).square()
    return (errors * weights).sum() / (known * weights).sum()


def _batches(count: int, steps: int, batch: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Rows, and whether each is mirrored."""
    mirrored = np.random.default_rng(seed).random((steps, batch)) < 0.5
    yield from zip(passes(count, steps * batch, seed).reshape(steps, batch), mirrored, strict=True)
