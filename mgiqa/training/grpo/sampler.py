"""Which images a generation batch holds: balanced over domains, and a pure function of the seed and its number.

Scores compare only within a domain, so an image alone in its domain teaches nothing: every domain that is chosen
brings at least ``least`` images. Families (synthetic, authentic, generated) are chosen evenly; inside a family, a
domain in proportion to the root of its size; inside a domain no image twice in a pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from mgiqa.errors import SettingsError

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class BalancedBatches:
    """The plan of a run: generation batch ``number`` → rows.

    Attributes:
        domain: (n,) domain of each image.
        family: (n,) family of each image.
        images: images per batch, over all processes.
        least: fewest images of a chosen domain.
        seed: of everything random.
        ranks: above 1, the rows of each process come from one domain of its own (VisualQuality-R1).
    """

    domain: NDArray[np.str_]
    family: NDArray[np.str_]
    images: int
    least: int
    seed: int
    ranks: int = 1

    def __post_init__(self) -> None:
        if self.images < self.least or self.images % self.ranks:
            raise SettingsError(
                f"train.images is {self.images}, for {self.ranks} processes and at least {self.least} of a domain",
                remedy="Raise it to a multiple of the processes, or lower train.least.",
            )
        chosen = self.ranks if self.ranks > 1 else min(len(self.members), self.images // self.least)
        share = -(-self.images // chosen)
        small = {name: len(rows) for name, rows in self.members.items() if len(rows) < share}
        if small:
            raise SettingsError(
                f"a batch takes up to {share} images of a domain, and the training split has {small}",
                remedy="Lower train.images, or leave the dataset out.",
            )

    @cached_property
    def members(self) -> dict[str, Rows]:
        """Domain → rows."""
        return {name: np.flatnonzero(self.domain == name) for name in sorted(set(self.domain.tolist()))}

    def first(self, count: int) -> list[Rows]:
        """The rows of the first ``count`` batches, each of shape (images,); what is left of a pass is dropped."""
        place = dict.fromkeys(self.members, 0)
        batches = []
        for number in range(count):
            rows = []
            for name, share in self._shares(np.random.default_rng([self.seed, number])):
                size = len(self.members[name])
                if place[name] % size + share > size:
                    place[name] += size - place[name] % size
                rows.append(self._in_pass(name, place[name] // size)[place[name] % size :][:share])
                place[name] += share
            batches.append(np.concatenate(rows))
        return batches

    def _in_pass(self, name: str, number: int) -> Rows:
        """All rows of a domain in the order of one pass."""
        rng = np.random.default_rng([self.seed, list(self.members).index(name), number])
        return rng.permutation(self.members[name])

    def _shares(self, rng: np.random.Generator) -> list[tuple[str, int]]:
        """Domains of a batch and how many images each brings; their order is that of the rows."""
        if self.ranks > 1:
            return [(self._drawn(rng, 1)[0], self.images // self.ranks) for _ in range(self.ranks)]
        chosen = self._drawn(rng, min(len(self.members), self.images // self.least))
        base, extra = divmod(self.images, len(chosen))
        return [(name, base + (place < extra)) for place, name in enumerate(chosen)]

    def _drawn(self, rng: np.random.Generator, count: int) -> list[str]:
        """``count`` different domains, families evenly, by Gumbel's trick for drawing without replacement."""
        names = list(self.members)
        weight = np.array([np.sqrt(len(self.members[name])) for name in names])
        families = np.array([self.family[self.members[name][0]] for name in names])
        for family in set(families.tolist()):
            weight[families == family] /= weight[families == family].sum()
        order = np.argsort(-(np.log(weight) + rng.gumbel(size=len(names))))
        return [names[place] for place in order[:count]]


class GroupedSampler(Sampler[int]):
    """Hands a plan to TRL: each row ``answers`` times in a row, each batch ``repeats`` times.

    Args:
        batches: rows of every generation batch of the run.
        answers: k.
        repeats: passes that TRL makes over a generation batch.
    """

    def __init__(self, batches: list[Rows], answers: int, repeats: int) -> None:
        self.batches, self.answers, self.repeats = batches, answers, repeats

    def __iter__(self) -> Iterator[int]:
        for rows in self.batches:
            for _ in range(self.repeats):
                yield from np.repeat(rows, self.answers).tolist()

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.batches) * self.answers * self.repeats
