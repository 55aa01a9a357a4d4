"""Figures that are undefined (NaN), in a form that JSON knows."""

import math
from typing import Any


def defined(value: Any) -> Any:
    """``value`` with None in place of every float that is not finite, through mappings, lists and tuples."""
    if isinstance(value, dict):
        return {name: defined(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [defined(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
