"""Each run is a DVC experiment in a copy of the checkout: nothing in the workspace changes, and what a run needs of
earlier ones (splits, base, warm-up of the same seed) comes back from DVC's cache. A run that is there is not run again.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from mgiqa.ablation.plan import PlannedRun
from mgiqa.errors import StageError
from mgiqa.progress import LINE
from mgiqa.settings.presets import NAMED

UNTIL = "evaluate"
RESULT = "data/evaluation/metrics.json"


def code_of(root: Path) -> str:
    """Stands for the code that an evaluation depends on, as 64 hexadecimal digits."""
    stages = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    named: set[Path] = set()
    for stage, body in stages.items():
        named |= {root / path for path in body.get("do", body).get("deps", []) if not path.startswith("data/")}
        if stage == UNTIL:
            break
    files = {file for path in named for file in (path.rglob("*") if path.is_dir() else [path])}
    digest = hashlib.sha256((root / "dvc.yaml").read_bytes())
    for file in sorted(file for file in files if file.is_file() and file.suffix != ".pyc"):
        digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def result_of(root: Path, run: PlannedRun) -> Mapping[str, Any] | None:
    """The figures of a run, or nothing if it has not been finished."""
    import dvc.api
    from dvc.exceptions import DvcException
    from dvc.scm import RevError

    try:
        result: Mapping[str, Any] = json.loads(dvc.api.read(RESULT, repo=str(root), rev=run.name, encoding="utf-8"))
    except (DvcException, RevError, FileNotFoundError):
        return None
    return result


def perform(root: Path, run: PlannedRun, params: Mapping[str, Any], show: Callable[[str], object]) -> Mapping[str, Any]:
    """Runs the experiment and returns its figures.

    Args:
        root: the checkout.
        run: what is run.
        params: content of ``params.yaml``.
        show: is given each line that says how far it is.

    Raises:
        StageError: it failed; the message holds the last that it said.
    """
    command = [sys.executable, "-m", "dvc", "exp", "run", "--temp", "--name", run.name]
    for override in overrides(params, run.values):
        command += ["--set-param", override]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with subprocess.Popen(
        [*command, UNTIL], cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        lines = list(_heard(process.stdout or (), show))
    result = result_of(root, run) if process.returncode == 0 else None
    if result is None:
        said = " / ".join(lines) or "nothing"
        raise StageError(f"{run.name} failed, and said last: {said[-600:]}")
    return result


def _heard(lines: Iterable[str], show: Callable[[str], object]) -> Iterator[str]:
    """Yields the lines that are not empty, and shows those that say how far it is."""
    for line in map(str.strip, lines):
        if LINE.fullmatch(line):
            show(line)
        if line:
            yield line


def overrides(params: Mapping[str, Any], values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Settings in the grammar of ``dvc exp run --set-param`` (Hydra's), whether ``params`` has them or not.

    >>> list(overrides({"train": {"kl": 0.1}}, {"train": {"reward": "l1:plain", "kl": 0.2}, "seed": 3}))
    ["++train.reward='l1:plain'", '++train.kl=0.2', '++seed=3']
    """
    for key, value in values.items():
        path, known = f"{above}{key}", params.get(key)
        if isinstance(value, Mapping) and key not in NAMED:
            yield from overrides(known if isinstance(known, Mapping) else {}, value, f"{path}.")
            continue
        if isinstance(known, Mapping):  # names that a merge would keep
            yield f"~{path}"
        yield f"++{path}={_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(value)
