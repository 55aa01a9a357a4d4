"""What is installed: Python, the packages of every extra, tools, and the launcher that the settings name."""

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from mgiqa.doctor.fault import Fault
from mgiqa.settings import Settings

OLDEST_PYTHON = (3, 11)
TOOLS = {"git": "DVC keeps experiments in git's history", "chromium": "tests of the web pages drive it"}
"""Program → what cannot be done without it. None stops the pipeline."""
OF_DEVELOPERS = frozenset({"dev", "all"})
_OPTIONAL = frozenset({"deepspeed", "kubernetes", "ray"})
"""Extras that only some settings use; ``launcher_faults`` says when."""


def machine_faults() -> Iterator[Fault]:
    """What is missing here, whatever the settings say."""
    if sys.version_info < OLDEST_PYTHON:
        version = ".".join(map(str, sys.version_info[:2]))
        yield Fault("machine", f"Python is {version}, and MG-IQA needs 3.11 or newer", "Install a newer Python.")
    yield from _packages()
    for tool, reason in TOOLS.items():
        if shutil.which(tool) is None:
            yield Fault("machine", f"{tool} is not installed; {reason}", f"Install {tool} if you need it.", stops=False)


def launcher_faults(settings: Settings, root: Path) -> Iterator[Fault]:
    """What the engines that the settings name need and do not find."""
    engine = settings.launch.engine
    if engine != "local" and not (root / "launch" / f"{engine}.yaml").is_file():
        yield Fault(
            "machine",
            f"launch.engine is {engine}, and launch/{engine}.yaml is not there",
            "Take it from the repository again.",
        )
    if engine == "zero3" and find_spec("deepspeed") is None:
        yield Fault(
            "machine",
            "launch.engine is zero3, and DeepSpeed is not installed",
            "Install it (pip install 'mgiqa[deepspeed]'), or set launch.engine to fsdp, which needs nothing more.",
        )
    if settings.train.vllm != "none" and find_spec("vllm") is None:
        yield Fault(
            "machine",
            f"train.vllm is {settings.train.vllm}, and vLLM is not installed",
            "Install the release that TRL names (pip install 'trl[vllm]'), or set train.vllm to none.",
        )


def _packages() -> Iterator[Fault]:
    try:
        lines = distribution("mgiqa").requires or []
    except PackageNotFoundError:
        yield Fault(
            "machine",
            "mgiqa itself is not installed, only found by its path",
            "Run: pip install --editable '.[dev]'",
            stops=False,
        )
        return
    extras = set(distribution("mgiqa").metadata.get_all("Provides-Extra") or []) - OF_DEVELOPERS - _OPTIONAL
    for requirement in map(Requirement, lines):
        wanted_by = [extra for extra in ["", *sorted(extras)] if _applies(requirement, extra)]
        if not wanted_by or requirement.name == "mgiqa":
            continue
        installed = _version(requirement.name)
        if installed is None or not requirement.specifier.contains(installed, prereleases=True):
            extra = wanted_by[0]
            yield Fault(
                "machine",
                f"{requirement.name} is {installed or 'not installed'}, and {extra or 'everything'} needs "
                f"{requirement.name}{requirement.specifier}",
                f"Run: pip install 'mgiqa[{extra}]'" if extra else "Run: pip install mgiqa",
            )


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker.evaluate({"extra": extra}) if requirement.marker else extra == ""


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
