"""The common form of every section of ``params.yaml``: frozen, bounded, explained, and closed to unknown keys."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of settings. A wrong key or value is refused when the settings are read, before any work."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, protected_namespaces=()
    )
