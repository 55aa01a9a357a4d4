"""Named protocols: what is trained on, and which whole sets are tested. Figures compare only under one protocol.

Sources: VisualQuality-R1, section 4.1 (P1, P2); DeQA-Score's label lists, which Q-Insight and those after it use (P4);
P3 is this project's own, for attributes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TOLERANCE = 0.02
"""By what share the number of training images may differ from the stated one: splits by content are not exact."""


@dataclass(frozen=True)
class Protocol:
    """One protocol.

    Attributes:
        name: P1 to P4.
        title: what it is, in a line.
        training: dataset → number of training images; None where it is not fixed.
        split: how training images are chosen.
        benchmarks: dataset → number of test images; None where no source states it.
        in_domain: benchmarks of a dataset that is trained on, whose figures are no zero-shot figures.
        note: what a reader must know.
    """

    name: str
    title: str
    training: Mapping[str, int | None]
    split: str
    benchmarks: Mapping[str, int | None]
    in_domain: frozenset[str] = frozenset()
    note: str = ""

    def fits(self, training: Mapping[str, int]) -> bool:
        """Whether these training sets, dataset → number of images, are those of the protocol."""
        return set(training) == set(self.training) and all(
            stated is None or abs(training[name] - stated) <= TOLERANCE * stated
            for name, stated in self.training.items()
        )


_EIGHT = {
    "bid": 586,
    "clive": 1162,
    "koniq10k": 10073,
    "spaq": 11125,
    "liu13": 1199,
    "sriqa_bench": 1100,
    "shrq": 600,
    "agiqa3k": 2982,
}

PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "P1",
            "Trained on KADID-10k, tested zero-shot on eight whole sets",
            {"kadid10k": 6125},
            "6:2:2 by reference: 49 of the 81 references are trained on",
            _EIGHT,
            note="CLIVE has 1,162 test images; some lists hold 1,169, with the 7 training images of its raters.",
        ),
        Protocol(
            "P2",
            "Trained on KADID-10k and SPAQ, tested on eight whole sets",
            {"kadid10k": 6125, "spaq": 6675},
            "6:2:2, KADID-10k by reference",
            _EIGHT | {"spaq": None},
            frozenset({"spaq"}),
            "Whether SPAQ's training images are among the tested is not published.",
        ),
        Protocol(
            "P3",
            "Trained on three domains with attribute labels: KADID-10k, SPAQ, PARA and AGIQA-3K",
            {"kadid10k": None, "spaq": None, "para": None, "agiqa3k": None},
            "by content: reference or prompt; the official split of PARA",
            _EIGHT | {"kadid10k": None, "spaq": None, "para": None, "agiqa3k": None},
            frozenset({"kadid10k", "spaq", "para", "agiqa3k"}),
            "In-domain figures are of the test split only.",
        ),
        Protocol(
            "P4",
            "Trained on KonIQ-10k, tested in domain and on six further sets",
            {"koniq10k": 7046},
            "the official training split, less 12 images that the label lists of DeQA-Score leave out",
            {
                "koniq10k": 2010,
                "spaq": None,
                "kadid10k": None,
                "pipal": None,
                "clive": None,
                "agiqa3k": None,
                "csiq": 866,
            },
            frozenset({"koniq10k"}),
            "The official test split of KonIQ-10k has 2,015 images; the lists leave out 5.",
        ),
    )
}


def protocol_of(training: Mapping[str, int]) -> Protocol | None:
    """The protocol that a model trained on these sets, dataset → number of images, follows; None if none does."""
    return next((protocol for protocol in PROTOCOLS.values() if protocol.fits(training)), None)
