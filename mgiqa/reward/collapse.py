"""The verdict on a run: has the policy collapsed, and by which sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class CollapseLimits:
    """When a sign counts. A sign must hold in each of the last ``patience`` steps.

    Attributes:
        patience: steps.
        unreadable: largest share of all answers without a score of an attribute.
        dead: largest share of groups that teach nothing.
        distinct: fewest different scores of an attribute in a step.
        image_spread: least standard deviation over images of the mean score, on the 1-5 scale.
        entropy: least entropy per token, nats; judged where the step has a figure ``entropy``.
    """

    patience: int = 5
    unreadable: float = 0.5
    dead: float = 0.95
    distinct: float = 4
    image_spread: float = 0.02
    entropy: float = 0.0


@dataclass(frozen=True)
class CollapseVerdict:
    """Whether training should stop, and why; one clause per reason."""

    collapsed: bool
    reasons: tuple[str, ...] = ()


def collapse(history: Sequence[Mapping[str, float]], limits: CollapseLimits | None = None) -> CollapseVerdict:
    """Judges the latest steps of a run.

    Args:
        history: figures per step, oldest first: those of ``step_monitors``, and optionally ``loss``, ``grad_norm``,
            ``kl`` and ``entropy``. Not judged are figures that a step does not have, figures that are not defined (NaN)
            and, of an attribute that is masked throughout, all but ``unreadable``; a ``loss``, ``grad_norm`` or ``kl``
            that is not finite ends the run at once.
        limits: when a sign counts.

    >>> step = {"unreadable/overall": 0.75}
    >>> collapse([step] * 5).reasons
    ('overall: 75% of answers could not be read (limit 50%) in each of the last 5 steps',)
    >>> collapse([step] * 4).collapsed, collapse([{"loss": float("nan")}]).collapsed
    (False, True)
    """
    limits = limits or CollapseLimits()
    broken = _broken(history[-1]) if history else []
    window = history[-limits.patience :]
    signs = _signs(window, limits) if len(window) == limits.patience else []
    reasons = (*broken, *signs)
    return CollapseVerdict(bool(reasons), reasons)


MUST_BE_FINITE = ("loss", "grad_norm", "kl")


def _broken(step: Mapping[str, float]) -> list[str]:
    return [f"{name} is {step[name]}" for name in MUST_BE_FINITE if name in step and not isfinite(step[name])]


def _signs(window: Sequence[Mapping[str, float]], limits: CollapseLimits) -> list[str]:
    steps = f"in each of the last {len(window)} steps"
    signs: dict[str, list[str]] = {}
    for name in window[-1]:
        figure, _, attribute = name.partition("/")
        masked = window[-1].get(f"masked/{attribute}", 0.0) == 1.0
        if figure not in _SIGNS or (masked and figure != "unreadable"):
            continue
        limit, sign, text = getattr(limits, figure), *_SIGNS[figure]
        values = [step.get(name, float("nan")) for step in window]
        if all(isfinite(value) and sign * value > sign * limit for value in values):
            signs.setdefault(f"{text.format(value=values[-1], limit=limit)} {steps}", []).append(attribute)
    return [f"{', '.join(names)}: {clause}" if any(names) else clause for clause, names in signs.items()]


_SIGNS = {
    "unreadable": (1, "{value:.0%} of answers could not be read (limit {limit:.0%})"),
    "dead": (1, "{value:.0%} of groups taught nothing (limit {limit:.0%})"),
    "distinct": (-1, "only {value:.0f} different scores were given (at least {limit:g})"),
    "image_spread": (-1, "all images got nearly the same score (spread {value:.3f}, at least {limit:g})"),
    "entropy": (-1, "answers hardly vary (entropy {value:.3f}, at least {limit:g})"),
}
"""Figure → direction of what is bad, and what to say of it."""
