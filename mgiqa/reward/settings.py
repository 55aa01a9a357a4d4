"""Every choice that a reward leaves open, as one frozen record."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from mgiqa.attributes import Chosen
from mgiqa.errors import SettingsError
from mgiqa.overall import Overall

Variance = Literal["sample", "fixed", "shrunk"]
_Target = Literal["declared", "hard", "soft"]
Content = Literal["any", "same", "different"]
Partners = Literal["gathered", "local"]
Aggregation = Literal["separate", "sum"]
AdvantageScale = Literal["running", "group"]
Tolerance = Literal["width", "sigma"]


@dataclass(frozen=True)
class RewardSettings:
    """How scores become advantages. The defaults are ``RECOMMENDED``.

    Attributes:
        reward: name in ``mgiqa.reward.rewards.REWARDS``.
        attributes: ``all`` rewards every labelled attribute, ``overall`` only the overall score.
        overall: what the overall label rates, and how a model trained so is read: the overall score as ``direct``; or
            ``pooled`` with what the attributes say together, so that the label also teaches the attributes of images
            that have no other.
        variance: of a group's answers: ``sample``; ``fixed`` to 1 (Thurstone case V); ``shrunk`` toward the
            domain's median. Only a fixed one anchors the scale: with the other two, scores may shrink toward each
            other as long as their spread shrinks along, until few values are left.
        gamma: added to the sum of the two variances, so that answers that agree do not decide alone; score units².
        prior_answers: ``shrunk``: weight of the domain's median, in answers.
        least_std: ``shrunk``: floor of the standard deviation, score units.
        target: ``hard`` or ``soft`` everywhere, or as ``declared`` per dataset and attribute in the batch.
        tie_band: labels closer than this many rater standard deviations tie in a hard target; 0: only equal ones.
        fidelity_epsilon: added inside both roots of the fidelity; 0 is the published formula, 1e-6 the released code.
        content: whether partners may be of ``any``, must be of the ``same`` or of a ``different`` content.
        partners: ``gathered`` from all processes, or ``local`` to one.
        local_images: ``local``: takes every so many images of the batch, in order, for one process, to try on a
            single one what the partners of many would be; 0: the real processes.
        across_domains: compares labels of different datasets as if they shared a scale: a negative control only.
        min_partners: fewer partners mask an attribute of an image.
        aggregation: ``separate`` normalizes each attribute and the format on their own, then mixes; ``sum`` adds the
            rewards and normalizes the sum, as the published trainers do.
        advantage_scale: what divides a centered reward: the standard deviation of the ``group``, or that with a
            ``running`` floor.
        floor: ``running``: the floor, as a part of the running mean of the group's standard deviation. Below 1, groups
            whose answers hardly differ in reward, and so teach little, speak louder than that.
        decay: of the running means, per batch.
        dead_below: a group whose rewards spread no more than this teaches nothing: its advantage is 0.
        epsilon: added to every standard deviation that divides.
        equalize_domains: divides what is mixed by its running root mean square in the domain.
        overall_weight: weight of ``overall`` beside other labelled attributes, which share the rest.
        format_weight: weight of the format beside the mixed attributes.
        threshold: ``q_insight``: largest error that counts as right, score units.
        width: ``exp_l1``, ``gaussian``, ``mr_iqa_margin``: error at which the reward has fallen to exp(-1), exp(-1/2)
            and exp(-1/2), score units.
        tolerance: ``gaussian``, ``mr_iqa_margin``: the error is measured in ``width`` or in the raters' ``sigma``.
    """

    reward: str = "mg_thurstone"
    attributes: Chosen = "all"
    overall: Overall = "pooled"
    variance: Variance = "fixed"
    gamma: float = 0.04
    prior_answers: float = 4.0
    least_std: float = 0.1
    target: _Target = "declared"
    tie_band: float = 0.25
    fidelity_epsilon: float = 0.0
    content: Content = "any"
    partners: Partners = "gathered"
    local_images: int = 0
    across_domains: bool = False
    min_partners: int = 2
    aggregation: Aggregation = "separate"
    advantage_scale: AdvantageScale = "running"
    floor: float = 1.0
    decay: float = 0.99
    dead_below: float = 1e-3
    epsilon: float = 1e-4
    equalize_domains: bool = True
    overall_weight: float = 0.5
    format_weight: float = 0.5
    threshold: float = 0.35
    width: float = 0.3
    tolerance: Tolerance = "width"

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise SettingsError(
                    f"the reward setting {name} is {getattr(self, name)!r}",
                    remedy=f"Choose one of {', '.join(allowed)}.",
                )
        for name, (lowest, highest) in _BOUNDS.items():
            if not lowest <= getattr(self, name) <= highest:
                raise SettingsError(
                    f"the reward setting {name} is {getattr(self, name)!r}",
                    remedy=f"Choose a number from {lowest:g} to {highest:g}.",
                )

        if self.overall == "pooled" and self.attributes == "overall":
            raise SettingsError(
                "overall is pooled, and attributes is overall", remedy="Set overall to direct, or attributes to all."
            )
        if self.local_images and self.partners != "local":
            raise SettingsError(
                "local_images is set, and partners is gathered", remedy="Set partners to local as well."
            )


_CHOICES = {
    "attributes": get_args(Chosen),
    "overall": get_args(Overall),
    "variance": get_args(Variance),
    "target": get_args(_Target),
    "content": get_args(Content),
    "partners": get_args(Partners),
    "aggregation": get_args(Aggregation),
    "advantage_scale": get_args(AdvantageScale),
    "tolerance": get_args(Tolerance),
}

_ANY = float("inf")
_BOUNDS = {
    "gamma": (0.0, _ANY),
    "prior_answers": (0.0, _ANY),
    "least_std": (0.0, _ANY),
    "tie_band": (0.0, _ANY),
    "fidelity_epsilon": (0.0, 1.0),
    "local_images": (0, _ANY),
    "min_partners": (1, _ANY),
    "floor": (0.0, 1.0),
    "decay": (0.0, 1.0),
    "dead_below": (0.0, 1.0),
    "epsilon": (0.0, 1.0),
    "overall_weight": (0.0, 1.0),
    "format_weight": (0.0, _ANY),
    "threshold": (0.0, _ANY),
    "width": (1e-6, _ANY),
}


OWN_SETTINGS = {"reward": "train.reward", "attributes": "train.attributes"}
"""Fields that are settings of their own, so that there is one way to say each."""


def with_options(settings: RewardSettings, options: Mapping[str, bool | float | str]) -> RewardSettings:
    """``settings`` with other values for some fields.

    Raises:
        SettingsError: a name is no field, or the value has another type or is out of range.

    >>> with_options(RewardSettings(), {"gamma": "1e-6", "target": "hard"}).gamma
    1e-06
    """
    return replace(settings, **{name: _typed(name, value) for name, value in options.items()})


def _typed(name: str, value: bool | float | str) -> Any:
    """The value in the type of its field; a number that YAML read as text (``1e-6``) is a number again."""
    known = {field.name: field.default for field in fields(RewardSettings)}
    if name not in known or name in OWN_SETTINGS:
        near = difflib.get_close_matches(name, known.keys() - OWN_SETTINGS.keys(), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Those there are stand in mgiqa/reward/settings.py."
        raise SettingsError(
            f"{name} is no option of a reward",
            remedy=f"It is set by {OWN_SETTINGS[name]}." if name in OWN_SETTINGS else hint,
        )
    wanted = type(known[name])
    try:
        typed = _number(value) if wanted in (int, float) else value
        if wanted is int and typed == int(typed):
            typed = int(typed)
    except ValueError:
        typed = value
    if type(typed) is not wanted:
        raise SettingsError(f"the reward setting {name} is {value!r}", remedy=f"Give it {_WANTED[wanted]}.")
    return typed


def _number(value: bool | float | str) -> bool | float:
    return value if isinstance(value, bool) else float(value)


_WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "a name"}
