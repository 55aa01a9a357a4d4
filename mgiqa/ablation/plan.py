"""A plan: what is compared, with which seeds, and against which baseline. One YAML file, like those in ``plans/``.

    about: does the attribute reward help the overall score?
    base: {train.steps: 60}            # over params.yaml, in every run
    seeds: [0, 1, 2, 3, 4]
    baseline: overall only
    arms:
      overall only: {train.attributes: overall}
      attributes: {}
      fixed variance: {train.reward_options: {variance: fixed}}

Settings are named in full (``train.steps``) or nested as in ``params.yaml``. An arm that names a setting which ``base``
names too wins. Every run is checked before the first one starts.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from mgiqa.doctor.batches import batch_faults
from mgiqa.errors import SettingsError
from mgiqa.settings import check_settings
from mgiqa.settings.document import read_document
from mgiqa.settings.presets import Preset, with_preset
from mgiqa.settings.section import Section

Values = dict[str, Any]


class Plan(Section):
    """What a plan file says."""

    about: str = ""
    """The question, in one sentence; it heads the table."""
    base: Values = Field({})
    """Settings of every run, over those of ``params.yaml``."""
    seeds: list[int] = Field(min_length=1)
    """Of runs; runs of one seed share splits and base, and are paired."""
    baseline: str
    """Arm that every other is compared with."""
    arms: dict[str, Values] = Field(min_length=2)
    """Name → settings that make it."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.baseline not in self.arms:
            raise ValueError(f"baseline {self.baseline!r} is none of the arms {', '.join(self.arms)}")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds {self.seeds} repeat themselves; equal runs say nothing new")
        return self


@dataclass(frozen=True)
class PlannedRun:
    """One training.

    Attributes:
        arm: its name in the plan.
        seed: of the run.
        values: settings over ``params.yaml``, nested as there, the seed among them.
        name: of its DVC experiment; other settings or other code give another name.
    """

    arm: str
    seed: int
    values: Mapping[str, Any]
    name: str


def read_plan(path: Path) -> Plan:
    """Reads a plan.

    Raises:
        SettingsError: the file cannot be read, or says something impossible; all faults are named.
    """
    content = read_document(path, f"the plan {path.name}")
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        said = [
            (".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")) for fault in error.errors()
        ]
        faults = [f"{where}: {what}" if where else what for where, what in said]
        raise SettingsError(
            f"the plan {path.name}: {'; '.join(faults)}", remedy="See mgiqa/ablation/plan.py for its form."
        ) from None


def runs_of(plan: Plan, name: str, params: Mapping[str, Any], code: str) -> list[PlannedRun]:
    """The runs of a plan, seed by seed, so that arms can be compared early.

    Args:
        plan: the plan.
        name: of it; experiments begin with it.
        params: content of ``params.yaml``.
        code: stands for the code that the runs depend on.

    Raises:
        SettingsError: a run has impossible settings; those of all arms are named.
    """
    runs, faults = [], []
    for seed in plan.seeds:
        for arm, changes in plan.arms.items():
            values = _together(_nested(plan.base), _nested(changes), {"seed": seed})
            whole = with_preset(json.loads(json.dumps(params)), Preset(arm, {}, values))
            if seed == plan.seeds[0]:
                faults += [f"{arm}: {fault}" for fault in _faults(whole)]
            digest = hashlib.sha256(json.dumps([whole, code], sort_keys=True).encode()).hexdigest()[:8]
            runs.append(PlannedRun(arm, seed, values, f"{_plain(name)}-{_plain(arm)}-{seed}-{digest}"))
    if faults:
        raise SettingsError(f"the plan {name}: {' '.join(faults)}")
    return runs


def _faults(content: Values) -> Iterator[str]:
    try:
        settings = check_settings(content, "settings")
    except SettingsError as error:
        yield str(error)
        return
    yield from (str(fault) for fault in batch_faults(settings))


def _nested(values: Mapping[str, Any]) -> Values:
    """``{"train.steps": 3}`` as ``{"train": {"steps": 3}}``."""
    parts: list[Values] = []
    for key, value in values.items():
        first, _, rest = key.partition(".")
        parts.append({first: _nested({rest: value}) if rest else value})
    return _together(*parts)


def _together(*parts: Mapping[str, Any]) -> Values:
    values: Values = {}
    for part in parts:
        values = with_preset(values, Preset("part", {}, json.loads(json.dumps(part))))
    return values


def _plain(name: str) -> str:
    """A name that can be part of a git reference."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
