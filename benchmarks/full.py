"""Fills the disk at 10 moments of the pipeline: what was finished stays, and the stage goes on when there is space.

    python -m benchmarks.full                # as root, or where one may mount a tmpfs
    python -m benchmarks.full --moments 3 --seed 1

The pipeline first runs undisturbed, with the small settings of the tests. A copy of it lies on a file system of its
own. There a stage begins anew with less free space than it needs, drawn by the seed. It must end with one sentence, and
every other result and `dvc.lock` must be as they were. With space enough it must then give what it gave undisturbed.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mgiqa.pipeline import STAGES
from tests.checkout import SMALL, Checkout
from tests.crashes import SHARE, Crashes, differences
from tests.started import Reproduced, target

ORDER = ["ingest", "validate", "normalize", "base", "warmup", "train", "evaluate", "report", "register", "train"]
WIDE = 8_000_000_000
"""Bytes of the file system where space is no question; it lies in memory, and takes what it holds."""
PAGE = 4096


@contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """A file system of its own in ``folder``; where none may be mounted, the program ends."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={WIDE}", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        sys.exit(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def leave(folder: Path, free: int) -> None:
    """Sets the size of the file system so that so many bytes are free."""
    size = shutil.disk_usage(folder).used + max(PAGE, free)
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def fill(crashes: Crashes, disk: Path, stage: str, dataset: str) -> tuple[str, list[str]]:
    """What the stage said when the disk was full, and every file that is not as it must be afterwards."""
    output, root = STAGES[stage].output.format(dataset=dataset), crashes.copy
    shutil.rmtree(root / "data" / output)
    lock = (root / "dvc.lock").read_bytes()
    log = disk.with_name("said.log")  # on another disk
    log.unlink(missing_ok=True)
    leave(disk, int(crashes.rng.uniform(0, 0.9) * size_of(crashes.undisturbed / "data" / output)))
    status = Reproduced(root, stage, dataset, log).process.wait(timeout=1200)
    leave(disk, WIDE)
    said = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line]
    wrong = [] if status else ["it did not notice"]
    wrong += [] if (root / "dvc.lock").read_bytes() == lock else ["dvc.lock"]
    others = {folder.format(dataset=name) for folder, name in _outputs()} - {output}
    wrong += [file for other in others for file in differences(crashes.undisturbed, root, other)]
    wrong += ["a trace"] if any("Traceback" in line for line in said) else []
    Reproduced(root, stage, dataset, log).process.wait(timeout=1200)
    wrong += sorted(differences(crashes.undisturbed, root, output))
    told = [line for line in said if line.startswith(("mgiqa: ", "ERROR: "))]
    return (told[0] if told else "nothing"), wrong


def _outputs() -> list[tuple[str, str]]:
    return [(STAGES[stage].output, dataset) for stage, (dataset, _) in SHARE.items()]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the pipeline once, then fills the disk."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, mounted(Path(folder) / "disk"):
        disk = Path(folder) / "disk"
        undisturbed = Checkout.create(Path(folder) / "undisturbed" / "mgiqa", SMALL)
        undisturbed.run("dvc", "repro")
        crashes = Crashes(undisturbed.root, disk / "mgiqa", options.seed, Reproduced)
        lost = 0
        for moment in range(options.moments):
            stage = ORDER[moment % len(ORDER)]
            said, wrong = fill(crashes, disk, stage, SHARE[stage][0])
            lost += len(wrong)
            print(
                f"{target(stage, SHARE[stage][0]):16} {len(wrong):3} wrong   {said[:200]}   {' '.join(wrong)}",
                flush=True,
            )
    print(f"{options.moments} moments, {lost} wrong")
    sys.exit(int(lost > 0))


if __name__ == "__main__":
    main()
