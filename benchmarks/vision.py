"""What attribute labels are worth to the vision tower of the small model: pre-trained with them and without.

    dvc repro normalize                                   # once: the images and labels
    python benchmarks/vision.py                           # the steps of params.yaml, seeds 0 to 2
    python benchmarks/vision.py --steps 1600 --seeds 0    # four times as long as in the default recipe
    python benchmarks/vision.py --share 0.25              # with a quarter of the training images

All towers see the same images in the same order for the same number of steps; the rival is the one that was told the
overall scores alone. Of the two that were told attributes as well, one says the overall score by itself, and one as
what its attributes add up to (``base.tiny.pool``). Printed is the SRCC of the overall score that the tokens say (no
language is involved) on unseen contents, mean over datasets, and the differences, paired by seed. Each seed draws its
own splits.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mgiqa.attributes import KEYS, Chosen
from mgiqa.datasets.schema import RECORDS, read_manifest, read_table
from mgiqa.datasets.split.assignment import assign_splits
from mgiqa.metrics.seeds import paired_difference
from mgiqa.quiet import silence_tools
from mgiqa.settings import Settings, read_settings
from mgiqa.settings.model import Base
from mgiqa.training.base.model import small_model
from mgiqa.training.base.pooling import Pooling
from mgiqa.training.base.vision_pretraining import label_statistics, read_scores, reading_directions
from mgiqa.training.data import TrainingData, read_training_data
from mgiqa.training.validation import validation_score
from mgiqa.workspace import Workspace

TOGETHER = 64


def split_anew(workspace: Workspace, settings: Settings, seed: int) -> pd.DataFrame:
    """The manifest with the splits that ``seed`` draws; official ones stay."""
    manifest = read_manifest(workspace.manifest)
    records = pd.concat([read_table(workspace.validated(name) / RECORDS) for name in settings.ingest.datasets])
    manifest["split"] = manifest["image_id"].map(records.set_index("image_id")["split"])
    manifest["split"] = assign_splits(manifest, settings.normalize.val, settings.normalize.test, seed)
    return manifest


def part(data: TrainingData, share: float, seed: int) -> TrainingData:
    """A random ``share`` of the images, in their order."""
    rows = np.random.default_rng(seed).permutation(len(data))[: round(share * len(data))]
    return data.take(np.sort(rows))


@dataclass(frozen=True)
class Arm:
    """One way to teach the tower: what it is told, and how it says the overall score."""

    attributes: Chosen
    pool: bool


ARMS = {"added up": Arm("all", True), "with attributes": Arm("all", False), "without": Arm("overall", False)}
RIVAL = "without"


def ranked(base: Base, data: TrainingData, test: TrainingData, seed: int) -> float:
    """SRCC on ``test``, mean over datasets, of the overall score that a tower taught on ``data`` says."""
    made = small_model(base, data, seed, lambda step, loss: None)
    directions = reading_directions(made.model.config.text_config.hidden_size, len(KEYS), seed)
    said = []
    with torch.no_grad():
        for start in range(0, len(test), TOGETHER):
            pictures = [test.image(row) for row in range(start, min(start + TOGETHER, len(test)))]
            said.append(read_scores(made.model, made.processor.image_processor, pictures, directions))
    scores = torch.cat(said)
    if base.tiny.pool and (pooling := Pooling.of(data.labels, *label_statistics(data.labels))):
        scores[:, -1] = pooling(scores)
    return validation_score(scores.double().numpy()[:, None], test).overall


def main() -> None:
    """Prints a line per seed, and the mean differences with their intervals."""
    silence_tools()
    workspace = Workspace.find(Path(__file__).parent)
    settings = read_settings(workspace.params)
    tiny = settings.base.tiny
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=tiny.vision_steps, help="of vision pre-training")
    parser.add_argument("--share", type=float, default=1.0, help="of the training images")
    options = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in ARMS}
    print("seed", *(f"{name:>15}" for name in ARMS))
    for seed in options.seeds:
        manifest = split_anew(workspace, settings, seed)
        test = read_training_data(manifest, workspace.root, "test", attributes="overall")
        for name, arm in ARMS.items():
            data = read_training_data(manifest, workspace.root, "train", attributes=arm.attributes)
            taught = {"vision_steps": options.steps, "attributes": arm.attributes, "pool": arm.pool}
            base = settings.base.model_copy(update={"tiny": tiny.model_copy(update=taught)})
            found[name].append(ranked(base, part(data, options.share, seed), test, seed))
        print(f"{seed:4}", *(f"{values[-1]:15.3f}" for values in found.values()), flush=True)
    if len(options.seeds) > 1:
        print(f"\nagainst {RIVAL!r}, over {len(options.seeds)} seeds:")
        for name in [name for name in ARMS if name != RIVAL]:
            mean = paired_difference(found[name], found[RIVAL])
            print(f"{name:>15}  {mean.mean:+.3f} [{mean.low:+.3f}, {mean.high:+.3f}]")


if __name__ == "__main__":
    main()
