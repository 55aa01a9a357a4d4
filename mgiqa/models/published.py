"""Models as they were published, without their weights: real configuration classes, and models on the meta device.

A tensor on torch's meta device has a shape and no memory, so a model of eight billion weights is built in less than a
second and can be asked what it is made of. The sizes are data, in ``published.yaml``; there is no network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import torch
import yaml


@dataclass(frozen=True)
class Published:
    """A model on the Hub.

    Attributes:
        name: repository.
        revision: the commit that the sizes were read at.
        parameters: its weights, a tied head counted once.
        model_type: of transformers.
        config: arguments of its configuration class.
    """

    name: str
    revision: str
    parameters: int
    model_type: str
    config: Mapping[str, Any]

    def configuration(self) -> Any:
        """An instance of its configuration class in transformers."""
        from transformers import AutoConfig

        return AutoConfig.for_model(self.model_type, **self.config)


@cache
def published_models() -> Mapping[str, Published]:
    """Repository → what is known of it."""
    content = yaml.safe_load(files("mgiqa.models").joinpath("published.yaml").read_text(encoding="utf-8"))
    return {name: Published(name, **facts) for name, facts in content.items()}


def without_weights(configuration: Any) -> Any:
    """The model of a configuration, from its real class, with every weight on the meta device."""
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        return AutoModelForImageTextToText.from_config(configuration)


def parameter_count(model: Any) -> int:
    """Weights of a model; what is shared counts once."""
    return sum(weight.numel() for weight in model.parameters())
