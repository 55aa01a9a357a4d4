"""A checkout of the project in a folder of its own, with small settings, for tests that run the real pipeline."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mgiqa.settings.presets import Preset, use_preset

ROOT = Path(__file__).parents[1]
PARTS = (
    "mgiqa",
    "orchestration",
    "presets",
    "plans",
    "launch",
    ".dvc/config",
    ".dvc/.gitignore",
    ".dagster/dagster.yaml",
)
FILES = ("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore", "pyproject.toml")

SMALL = {
    "sample": {"contents": 12, "versions": 5},
    "base": {"tiny": {"vision_steps": 10, "image_size": 56}},
    "warmup": {"steps": 100, "batch": 16, "min_parsed": 0.5},
    "train": {"steps": 4, "images": 16, "answers": 4, "validate_every": 1, "validate_answers": 1},
    "evaluate": {"answers": 2, "resamples": 100, "max_failures": 0.5},
    "promote": {"min_srcc": -1.0, "max_failures": 1.0, "min_images": 10},
}
"""Settings with which the whole graph runs in a minute or two: too small to learn much; yet most answers are read."""


@dataclass(frozen=True)
class Checkout:
    """A copy of the project's files that commands run in.

    Attributes:
        root: the folder.
    """

    root: Path

    @classmethod
    def create(cls, root: Path, values: Mapping[str, Any], files: Mapping[str, str] | None = None) -> "Checkout":
        """Copies the working tree as it is, writes ``values`` into ``params.yaml``, and commits it.

        Args:
            root: the folder, which is made.
            values: settings.
            files: further files, by name.
        """
        skip = shutil.ignore_patterns("__pycache__", "*.pyc")
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, root / part, ignore=skip)
            else:
                (root / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, root / part)
        for name in FILES:
            shutil.copy(ROOT / name, root / name)
        use_preset(root / "params.yaml", Preset("test", {}, values))
        for name, text in (files or {}).items():
            (root / name).write_text(text, encoding="utf-8")
        checkout = cls(root)
        checkout.run("git", "init", "-q", "-b", "main")
        checkout.run("git", "add", "-A")
        checkout.run("git", "commit", "-q", "-m", "As it is")
        return checkout

    @property
    def environment(self) -> dict[str, str]:
        """What commands run with: this Python first on the path, and no state outside the checkout."""
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.root),
            "DAGSTER_HOME": str(self.root / ".dagster"),
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.root.parent / "dvc-global"),
            "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.invalid",
            "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.invalid",
        }  # fmt: skip

    def run(self, *command: str, code: int = 0, said: bool = True) -> str:
        """Runs a command and returns what it printed; any other exit code than ``code`` fails the test.

        Args:
            command: program and arguments.
            code: the exit code it must end with.
            said: whether what it said on standard error belongs to what it printed.
        """
        errors = subprocess.STDOUT if said else subprocess.PIPE
        done = subprocess.run(
            command, cwd=self.root, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=errors
        )
        told = done.stdout + (done.stderr or "")
        assert done.returncode == code, f"{' '.join(command)} ended with {done.returncode}:\n{told[-4000:]}"
        return done.stdout
