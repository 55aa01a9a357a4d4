"""Scores of a generation batch → advantages: the one entry to the reward mathematics.

    result = compute(batch, RECOMMENDED, running)

One step after the other: a reward of ``mgiqa.reward.rewards`` rates every answer per attribute; each attribute is
compared inside its group (``advantage``); the labelled attributes are mixed by convex weights, equalized over domains,
and joined by the format (``combined``). Unlabelled attributes are masked. An answer that could not be read gets no
invented score: it counts as the worst of its group in what it failed to say, and the format is lower still.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mgiqa.attributes import Chosen
from mgiqa.errors import SettingsError
from mgiqa.overall import chosen_labels, read_overall
from mgiqa.reward import scaling
from mgiqa.reward.batch import FAILED, LIVE, MASKED, RewardBatch, format_reward
from mgiqa.reward.monitors import step_monitors
from mgiqa.reward.rewards import REWARDS
from mgiqa.reward.running_means import Running
from mgiqa.reward.settings import RewardSettings, with_options
from mgiqa.reward.weights import attribute_weights
from mgiqa.settings.training import Train

__all__ = [
    "FAILED",
    "LIVE",
    "MASKED",
    "PARITY",
    "RECOMMENDED",
    "RewardBatch",
    "RewardResult",
    "RewardSettings",
    "Running",
    "compute",
    "settings_named",
]


def settings_named(
    name: str, *, attributes: Chosen | None = None, options: Mapping[str, bool | float | str] | None = None
) -> RewardSettings:
    """The settings of a reward by name: ``l1``, or ``mg_thurstone:parity`` where there are several.

    Args:
        name: a key of ``REWARDS``, then optionally ``:`` and one of its named settings (default: the first).
        attributes: ``all`` for the multi-attribute form, ``overall`` for the single-attribute form, in which the
            overall score stands for itself (default: as published).
        options: where the named settings shall differ, by field of ``RewardSettings``.

    Raises:
        SettingsError: there is no such reward, no such settings, or an option is none or has an impossible value.

    >>> settings_named("mg_thurstone:parity").variance, settings_named("l1", options={"format_weight": 0}).format_weight
    ('sample', 0.0)
    """
    reward, _, variant = name.partition(":")
    if reward not in REWARDS:
        raise SettingsError(f"there is no reward named {reward!r}", remedy=f"Choose one of {', '.join(REWARDS)}.")
    known = REWARDS[reward].settings
    variant = variant or next(iter(known))
    if variant not in known:
        raise SettingsError(
            f"the reward {reward} has no settings named {variant!r}", remedy=f"Choose one of {', '.join(known)}."
        )
    settings = known[variant]
    if attributes == "overall":
        settings = replace(settings, attributes="overall", overall="direct")
    elif attributes:
        settings = replace(settings, attributes=attributes)
    return with_options(settings, options or {})


def reward_settings(train: Train) -> RewardSettings:
    """The settings of the reward that the section ``train`` of ``params.yaml`` names.

    Raises:
        SettingsError: there is no such reward or option; see ``settings_named``.
    """
    return settings_named(train.reward, attributes=train.attributes, options=train.reward_options)


RECOMMENDED = settings_named("mg_thurstone:recommended")
PARITY = settings_named("mg_thurstone:parity")


@dataclass(frozen=True, eq=False)
class RewardResult:
    """What a batch teaches. Nothing in ``advantage``, ``component``, ``format`` or ``combined`` is ever NaN.

    ``combined == (weight[:, None, :] * component).sum(-1) + format``.

    Attributes:
        quality: (n, k, a) reward in [0, 1]; NaN unless live.
        state: (n, k, a) of ``State``: ``LIVE``, ``MASKED`` (no label or too few partners), ``FAILED`` (no score).
        advantage: (n, k, a) of each attribute inside its group; 0 unless live, 0 in dead groups.
        dead: (n, a) groups with live answers that teach nothing: fewer than two, or no spread.
        weight: (n, a) convex weights of the attributes that take part; all 0 where none does.
        component: (n, k, a) what enters the mix: the advantage, failed answers filled in, scaled by domain.
        format: (n, k) part of the format, weight included.
        combined: (n, k) the advantage of the answer.
        reward: (n, k) weighted quality plus weighted format, failed answers 0: a figure to log, not to train on.
        running: means to pass to the next step.
        monitors: name → figure of this step (``mgiqa.reward.monitors``).
    """

    quality: np.ndarray
    state: np.ndarray
    advantage: np.ndarray
    dead: np.ndarray
    weight: np.ndarray
    component: np.ndarray
    format: np.ndarray
    combined: np.ndarray
    reward: np.ndarray
    running: Running
    monitors: Mapping[str, float]


def compute(batch: RewardBatch, settings: RewardSettings = RECOMMENDED, running: Running | None = None) -> RewardResult:
    """Rates the answers of a batch and turns the rates into advantages.

    With r the reward of an answer, E the running mean of the group spread in a domain, S the running root mean square
    of the mix in a domain, w the convex weights of the labelled attributes, and the recommended settings:

        A[i, k, a] = (r[i, k, a] - mean_k r) / (max(std_k r, floor · E[domain, a]) + epsilon)
        combined[i, k] = Σ_a w[i, a] · A[i, k, a] / (S[domain] + epsilon) + format_weight · A_format[i, k]

    With ``aggregation="sum"`` rewards and format are added first, and their sum is divided by its spread.

    Args:
        batch: the whole generation batch, gathered over all processes (equal rows give equal results on each).
        settings: a named record, or one derived from it by ``dataclasses.replace``.
        running: means of the steps before; none at the start.

    Raises:
        SettingsError: ``settings.reward`` is not registered.

    Source: group-relative advantages, GRPO, arXiv 2402.03300; floor, mix and equalization are this project's.

    >>> batch = RewardBatch(
    ...     scores=np.array([[[3.0], [5.0]]]),
    ...     labels=np.array([[3.0]]),
    ...     label_std=np.array([[0.5]]),
    ...     domain=np.zeros(1),
    ...     content=np.zeros(1),
    ... )
    >>> result = compute(batch, settings_named("l1"))
    >>> result.quality.ravel().tolist()  # no error, and half the range
    [1.0, 0.5]
    >>> result.combined.round(3).tolist()  # ±0.25 / (0.3536 + 0.0001)
    [[0.707, -0.707]]
    """
    if settings.reward not in REWARDS:
        raise SettingsError(
            f"there is no reward named {settings.reward!r}", remedy=f"Choose one of {', '.join(REWARDS)}."
        )
    batch = replace(batch, labels=chosen_labels(batch.labels, settings.attributes))
    as_read = replace(batch, scores=read_overall(batch.scores, settings.overall))
    rated = REWARDS[settings.reward].quality(as_read, settings)
    read = np.isfinite(rated.quality)
    state = np.where(rated.rateable[:, None, :], np.where(read, LIVE, FAILED), MASKED).astype(np.int8)
    live = state == LIVE
    quality = np.where(live, rated.quality, np.nan)
    advantage, dead, running = _in_group(quality, live, batch.domain, settings, running or Running())
    weight = attribute_weights(rated.rateable, settings.overall_weight)
    form = format_reward(batch.formats)
    reward = (weight[:, None, :] * np.where(live, quality, 0.0)).sum(axis=-1) + settings.format_weight * form
    if settings.aggregation == "sum":
        component, format_part = _of_the_sum(quality, state, reward, form, settings)
    else:
        component, running = _equalized(_filled(advantage, state), weight, batch.domain, settings, running)
        format_part = settings.format_weight * _normalized(form, settings)
    combined = (weight[:, None, :] * component).sum(axis=-1) + format_part
    monitors = step_monitors(batch.scores, quality, state, dead)
    return RewardResult(
        quality, state, advantage, dead, weight, component, format_part, combined, reward, running, monitors
    )


def _in_group(
    quality: np.ndarray, live: np.ndarray, domain: np.ndarray, settings: RewardSettings, running: Running
) -> tuple[np.ndarray, np.ndarray, Running]:
    """Advantage (n, k, a), dead groups (n, a) and the running means that have moved."""
    divisor = spreads = scaling.group_spread(quality, live)
    if settings.advantage_scale == "running":
        least, running = scaling.spread_floor(
            spreads, live, domain, running, floor=settings.floor, decay=settings.decay
        )
        divisor = np.maximum(spreads, least)
    dead = scaling.is_dead(spreads, live, settings.dead_below)
    advantage = scaling.centered(quality, live) / (divisor + settings.epsilon)[:, None, :]
    return np.where(dead[:, None, :], 0.0, advantage), dead, running


def _filled(advantage: np.ndarray, state: np.ndarray) -> np.ndarray:
    """A failed answer counts as the worst live one of its group, so that saying nothing never pays."""
    worst = advantage.min(axis=1, keepdims=True)
    return np.where(state == FAILED, worst, advantage)


def _equalized(
    component: np.ndarray, weight: np.ndarray, domain: np.ndarray, settings: RewardSettings, running: Running
) -> tuple[np.ndarray, Running]:
    if not settings.equalize_domains:
        return component, running
    mixed = (weight[:, None, :] * component).sum(axis=-1)
    scale, running = scaling.domain_scale(mixed, domain, running, decay=settings.decay)
    return component / (scale + settings.epsilon)[:, None, None], running


def _normalized(values: np.ndarray, settings: RewardSettings) -> np.ndarray:
    every = np.ones(values.shape, dtype=bool)
    return scaling.centered(values, every) / (scaling.group_spread(values, every) + settings.epsilon)[:, None]


def _of_the_sum(
    quality: np.ndarray, state: np.ndarray, reward: np.ndarray, form: np.ndarray, settings: RewardSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Components (n, k, a) and format part (n, k) of the normalized sum of all rewards; a failed answer earns 0."""
    every = np.ones(form.shape, dtype=bool)
    divisor = scaling.group_spread(reward, every) + settings.epsilon
    earned = np.where(state == LIVE, quality, 0.0)
    component = scaling.centered(earned, np.ones(earned.shape, dtype=bool)) / divisor[:, None, None]
    return component, settings.format_weight * scaling.centered(form, every) / divisor[:, None]
