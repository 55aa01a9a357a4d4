"""Flips single bits, with the times of the file kept, in a copy of a finished checkout, and asks who notices.

    python -m benchmarks.rot CHECKOUT                    # 200 flips: minutes where the pipeline is small
    python -m benchmarks.rot CHECKOUT --flips 10 --seed 1

A fifth of the flips falls on each place: the policy, the manifest, the evaluation, the files of the registered version,
and objects of DVC's cache; a file and a bit of it are drawn by the seed. After each flip `dvc status` is what it was
before. Printed are, place by place, how many flips `mgiqa verify --content` names by the file, how many the fast
`mgiqa verify` does, and how many were promoted or scored with; then the bit is put back.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mgiqa.errors import MGIQAError
from mgiqa.integrity.verify import verify_workspace
from mgiqa.models.digest import SUMS, model_files
from mgiqa.quiet import silence_tools
from mgiqa.registry.candidate import Candidate
from mgiqa.registry.champion import PROMOTED
from mgiqa.registry.models import CHAMPION, Version
from mgiqa.registry.recorded import listed_weights, recorded
from mgiqa.registry.store import Store, prepare_store
from mgiqa.scoring.scorer import Scorer
from mgiqa.settings import read_settings
from mgiqa.stages import promote
from mgiqa.workspace import Workspace


class Victim:
    """A copy of a checkout whose candidate is about to be promoted."""

    def __init__(self, checkout: Path, copy: Path) -> None:
        shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".venv", ".work"), symlinks=True)
        (copy / ".dvc" / "config.local").write_text(f"[core]\n    site_cache_dir = {copy.parent / 'site'}\n")
        self.workspace = Workspace(copy)
        self.settings = read_settings(self.workspace.params)
        self.store: Store = prepare_store(self.workspace, self.settings)
        candidate = Candidate.read(self.workspace.registry)
        if candidate is None:
            raise SystemExit(f"{checkout} has registered nothing")
        self.version: Version = candidate.find(self.store)
        self.hand_back()
        if not self.promoted():
            raise SystemExit("as it is, the candidate must be one that the gate takes")
        self.hand_back()

    def hand_back(self) -> None:
        """Takes the alias off, so that there is something to promote."""
        self.store.client.delete_registered_model_alias(self.version.name, CHAMPION)

    def places(self) -> Mapping[str, list[Path]]:
        """Where bits are flipped."""
        data, objects = self.workspace.data, self.workspace.root / ".dvc" / "cache" / "files"
        return {
            "model": _files(self.workspace.model("policy")),
            "manifest": [self.workspace.manifest],
            "predictions": _files(self.workspace.evaluation),
            "registry": [
                *(path for path, _ in recorded(self.workspace, self.store, self.version)),
                *_files(data / "registry"),
            ],
            "cached object": _files(objects),
        }

    def named(self, path: Path, *, content: bool) -> bool:
        """Whether ``mgiqa verify`` names the file."""
        faults = verify_workspace(self.workspace, self.settings, content=content).faults
        return any(str(path) in fault.name for fault in faults)

    def promoted(self) -> bool:
        """Whether ``mgiqa promote`` makes it champion."""
        try:
            return promote.run(self.settings, self.workspace, again=True).outcome == PROMOTED
        except MGIQAError:
            return False

    def scored(self, path: Path) -> bool:
        """Whether somebody would score with the file: from the policy's folder, or from the registry."""
        weights = (self.workspace.model("policy"), listed_folder(self))
        readers: dict[Path, Callable[[], object]] = {
            weights[0]: lambda: Scorer(weights[0]),
            weights[1]: lambda: Scorer(listed_weights(self.workspace, self.store, self.version)),
        }
        for folder, read in readers.items():
            if path in (*model_files(folder), folder / SUMS):
                try:
                    read()
                except MGIQAError:
                    return False
                return True
        return False


def listed_folder(victim: Victim) -> Path:
    """The folder with the registered weights, whatever lies there."""
    (sums, _), *_ = recorded(victim.workspace, victim.store, victim.version)
    return sums.parent / "artifacts" / "policy"


def flip(path: Path, byte: int, bit: int) -> None:
    """Changes one bit in place and puts the times back, as rot does; a second time undoes it."""
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(byte)
        (value,) = file.read(1)
        file.seek(byte)
        file.write(bytes([value ^ (1 << bit)]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def main(arguments: Sequence[str] | None = None) -> None:
    """Flips, asks, puts back, and prints counts per place."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    silence_tools()
    rng, missed = np.random.default_rng(options.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        victim = Victim(options.checkout.resolve(), Path(folder) / "checkout")
        places = victim.places()
        verify_workspace(victim.workspace, victim.settings)
        print("place          flips   named by --content   by the fast one   promoted   scored with")
        for number, (place, files) in enumerate(places.items()):
            counts = np.zeros(4, dtype=int)
            flips = options.flips // len(places) + (number < options.flips % len(places))
            for _ in range(flips):
                path = files[rng.integers(len(files))]
                at = int(rng.integers(path.stat().st_size)), int(rng.integers(8))
                flip(path, *at)
                fast = victim.named(path, content=False)
                found = [victim.promoted(), victim.scored(path)]
                whole = victim.named(path, content=True)
                flip(path, *at)
                counts += [whole, fast, *found]
                if not whole or any(found):
                    missed += 1
                    print(f"  {path.relative_to(victim.workspace.root)} byte {at[0]} bit {at[1]}")
            print(f"{place:14} {flips:5} {counts[0]:20} {counts[1]:17} {counts[2]:10} {counts[3]:13}", flush=True)
            verify_workspace(victim.workspace, victim.settings, content=True)
    raise SystemExit(int(bool(missed)))


if __name__ == "__main__":
    main()
