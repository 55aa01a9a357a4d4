"""Every setting, read from ``params.yaml``: one section per stage, each in the file of its name.

``params.yaml`` is the only place a person sets values. A preset (``presets/NAME.yaml``) is a set of values that
``mgiqa preset use NAME`` writes into it, so that what runs is always what the file says.
"""

import difflib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from mgiqa.errors import SettingsError, shown
from mgiqa.settings.data import Ingest, Normalize, Sample, Validate
from mgiqa.settings.document import read_document
from mgiqa.settings.evaluation import Evaluate, Report
from mgiqa.settings.model import Base
from mgiqa.settings.release import Promote, Register, Tracking
from mgiqa.settings.section import Section
from mgiqa.settings.training import Launch, Train, Warmup

__all__ = ["Settings", "read_settings"]


class Settings(Section):
    """The whole of ``params.yaml``."""

    seed: int = Field(0, ge=0)
    """The seed of everything random from ``normalize`` on: splits, initial weights, sampling, bootstrap."""
    sample: Sample = Sample()
    ingest: Ingest = Ingest()
    validate_: Validate = Field(Validate(), alias="validate")
    normalize: Normalize = Normalize()
    base: Base = Base()
    launch: Launch = Launch()
    warmup: Warmup = Warmup()
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    report: Report = Report()
    register_: Register = Field(Register(), alias="register")
    promote: Promote = Promote()
    tracking: Tracking = Tracking()

    @model_validator(mode="after")
    def _average_sees_the_weights(self) -> Self:
        if self.launch.engine == "zero3" and self.train.averaging:
            raise ValueError(
                "launch.engine zero3 keeps the weights to itself, and train.averaging, which is "
                f"{self.train.averaging}, is a mean of them; it must be 0"
            )
        return self


def read_settings(path: Path) -> Settings:
    """Reads and checks ``params.yaml``.

    Raises:
        SettingsError: the file is no YAML mapping, has an unknown key or an impossible value; all faults are named.
    """
    return check_settings(read_document(path), path.name)


def check_settings(content: dict[str, Any], name: str = "params.yaml") -> Settings:
    """Turns a mapping into settings, or names every fault in it.

    Raises:
        SettingsError: see ``read_settings``.
    """
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        faults = [_explain(fault) for fault in error.errors()]
        raise SettingsError(
            f"{name}: {'; '.join(faults)}",
            remedy="Correct the file; `mgiqa doctor` checks it again.",
        ) from None


def _explain(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "value_error":
        return f"{where}: {fault['ctx']['error']}".removeprefix(": ")
    if fault["type"] != "extra_forbidden":
        return f"{where} is {shown(fault['input'])}, but {fault['msg'][0].lower()}{fault['msg'][1:]}"
    near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(fault["loc"][:-1]), n=1)
    return f"{where} is no setting" + (f" (did you mean {near[0]}?)" if near else "")


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    section: Any = Settings
    for part in location:
        fields = {field.alias or name: field for name, field in section.model_fields.items()}
        section = fields[part].annotation if part in fields else None
        if not (isinstance(section, type) and issubclass(section, Section)):
            return []
    return [field.alias or name for name, field in section.model_fields.items()]
