"""Whether the numbers of a batch divide: images, answers, parts and processes."""

from collections.abc import Iterator

from mgiqa.doctor.fault import Fault
from mgiqa.errors import SettingsError
from mgiqa.reward.advantage import reward_settings
from mgiqa.settings import Settings


def batch_faults(settings: Settings) -> Iterator[Fault]:
    """Faults that numbers alone show; nothing is loaded."""
    yield from _shares(settings)
    yield from _partners(settings)


def _shares(settings: Settings) -> Iterator[Fault]:
    train, warmup, processes = settings.train, settings.warmup, settings.launch.processes
    if train.images % (train.accumulate * processes):
        yield Fault(
            "settings",
            f"train: {train.images} images cannot be shared evenly by {processes} processes × {train.accumulate} parts",
            f"Make train.images a multiple of {train.accumulate * processes}.",
        )
    if warmup.steps and warmup.batch % (warmup.accumulate * processes):
        yield Fault(
            "settings",
            f"warmup: {warmup.batch} images cannot be shared evenly by {processes} processes × {warmup.accumulate} "
            "parts",
            f"Make warmup.batch a multiple of {warmup.accumulate * processes}.",
        )
    if train.images < train.least:
        yield Fault(
            "settings",
            f"train.images is {train.images}, less than the {train.least} that each domain brings",
            "Raise train.images or lower train.least.",
        )
    for section, named in (("train", train.datasets), ("evaluate", settings.evaluate.datasets)):
        if unknown := sorted(set(named) - set(settings.ingest.datasets)):
            yield Fault(
                "settings",
                f"{section}.datasets names {', '.join(unknown)}, which ingest.datasets does not",
                f"Choose from {', '.join(settings.ingest.datasets)}.",
            )
    if train.sampling == "per_rank" and train.images % processes:
        yield Fault(
            "settings",
            f"train.sampling is per_rank, and {train.images} images are no multiple of {processes} processes",
            "Make train.images a multiple of launch.processes.",
        )


def _partners(settings: Settings) -> Iterator[Fault]:
    train, processes = settings.train, settings.launch.processes
    try:
        reward = reward_settings(train)
    except SettingsError as error:
        yield Fault("settings", f"train.reward: {error}".removesuffix(f" {error.remedy}").rstrip("."), error.remedy)
        return
    held = reward.local_images or train.images // processes
    seen = held if reward.partners == "local" else train.least
    if seen <= reward.min_partners:
        yield Fault(
            "settings",
            f"an image has at most {seen - 1} partners, and the reward needs {reward.min_partners}, so that all of it "
            "would be masked",
            "Raise train.images, or lower the option min_partners of the reward.",
        )
