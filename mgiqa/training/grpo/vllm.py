"""Who writes the answers of a rollout: the trainer itself, or vLLM beside it."""

from importlib.util import find_spec
from typing import Any

from mgiqa.dialogue.answer import STOP
from mgiqa.errors import MissingExtra
from mgiqa.settings.training import Train


def vllm_options(settings: Train) -> dict[str, Any]:
    """The part of ``GRPOConfig`` that is about vLLM; empty where it is not asked for.

    Raises:
        MissingExtra: it is asked for and not installed; TRL sends the weights through vLLM's code, to a server too.
    """
    if settings.vllm == "none":
        return {}
    if find_spec("vllm") is None:
        raise MissingExtra(
            f"train.vllm is {settings.vllm}, and vLLM is not installed",
            remedy="Install the release that TRL names (pip install 'trl[vllm]'), or set train.vllm to none.",
        )
    # Nothing after the answer is read, so nothing more is written: as where the trainer itself decodes.
    ends = {"stop": [STOP], "include_stop_str_in_output": True}
    options: dict[str, Any] = {"use_vllm": True, "vllm_mode": settings.vllm, "generation_kwargs": ends}
    return options | ({"vllm_server_base_url": settings.vllm_server} if settings.vllm == "server" else {})
