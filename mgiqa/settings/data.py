"""Where data come from, what they must satisfy, and how they become one manifest."""

from pathlib import PurePath
from typing import Literal, Self

from pydantic import Field, model_validator

from mgiqa.attributes import KEYS
from mgiqa.errors import shown
from mgiqa.names import FORM, is_name
from mgiqa.settings.section import Section


class Sample(Section):
    """The built-in sample data: generated images with simulated raters, in official file layouts.

    Every dataset has ``contents`` × ``versions`` rated images. Where the official layout tells which images share a
    content (KADID-10k by reference, AGIQA-3K by prompt), ``contents`` are distinct and each has ``versions`` images;
    where it does not (SPAQ, PARA), every image shows a scene of its own.
    """

    seed: int = Field(0, ge=0)
    """Seed of images, distortions and raters. Another seed is another dataset."""
    contents: int = Field(150, ge=6, le=999)
    """References and prompts; a split never shares one."""
    versions: int = Field(5, ge=1, le=10)
    """Images per reference or prompt; AGIQA-3K has ten generators."""
    size: int = Field(112, ge=56, le=1024)
    """Side of an image in pixels."""


class Custom(Section):
    """How to read a table of labels that the catalogue does not know."""

    labels: str = Field("labels.csv", min_length=1)
    """The table, below the source: csv, txt, xls, xlsx or parquet, with a header."""
    delimiter: str = Field(",", min_length=1)
    """Between values of a text file; a blank stands for any white space."""
    images: str = "images"
    """Folder below the source that names of images start from."""
    image: str = "image"
    """Column with names of images."""
    mos: dict[str, str] = Field({"overall": "mos"})
    """Attribute → column with its scores; ``overall`` is needed."""
    std: dict[str, str] = Field({})
    """Attribute → column with standard deviations of its votes, on the scale of the scores."""
    content: str = ""
    """Column with what an image shows (reference, prompt); empty where every image shows its own."""
    per_content: bool = False
    """Whether scores compare only inside a content, as those of ranked groups do; such a set is for evaluation only."""
    split: str = ""
    """Column with train, val or test; empty for a seeded split by content. A row whose cell is empty goes to training
    or validation where others are for test; any other word sets the row aside."""
    prompt: str = ""
    """Column with the text an image was generated from."""
    lowest: float = 1.0
    """Lowest score that the scale allows."""
    highest: float = 5.0
    """Highest score that the scale allows."""
    higher_is_better: bool = True
    """False for a DMOS."""
    family: Literal["synthetic", "authentic", "generated", "restoration"] = "authentic"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = sorted({*self.mos, *self.std} - set(KEYS))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no attribute; the attributes are {', '.join(KEYS)}")
        if "overall" not in self.mos:
            raise ValueError("mos must name the column of overall")
        if not set(self.std) <= set(self.mos):
            raise ValueError("std names an attribute that mos does not")
        for name, path in (("labels", self.labels), ("images", self.images)):
            if PurePath(path).is_absolute() or ".." in PurePath(path).parts:
                raise ValueError(f"{name} is {path!r}, which does not lie below the source; name it from there")
        if self.per_content and (self.split or not self.content):
            raise ValueError("per_content needs the column content, and no split: such a set is for evaluation only")
        if not self.lowest < self.highest:
            raise ValueError(f"lowest ({self.lowest}) must be less than highest ({self.highest})")
        return self


class Source(Section):
    """Where one dataset comes from."""

    source: str = "sample"
    """``sample`` for generated data; otherwise a folder, a zip or tar archive, a ``.dvc`` file, or a URL, in the
    official layout. A relative path starts from the checkout."""
    everything: bool = False
    """Also take the rows that the usual protocol leaves out (CLIVE's seven training images, LIVE's references)."""
    partial: bool = False
    """The source holds a part of the images on purpose: labels without an image are left out, and counted."""
    split: str = ""
    """Empty for the catalogue's rule; ``content`` for a seeded split; ``train`` or ``test`` for all rows; or the name
    of a public split (``mgiqa datasets show``)."""
    split_lists: str = ""
    """Folder with the lists of a public split that is published as files."""
    custom: Custom | None = None
    """Columns of a dataset that the catalogue does not know; then its name is free."""
    max_missing: float = Field(0.02, ge=0, le=1)
    """Share of labels whose image may be missing before ``validate`` refuses the dataset; the missing ones are
    quarantined."""


class Ingest(Section):
    """Which datasets take part, and where each comes from."""

    datasets: dict[str, Source] = Field({name: Source() for name in ("kadid10k", "spaq", "agiqa3k", "para")})
    """Name in the catalogue → source. ``mgiqa datasets list`` shows the names."""
    workers: int = Field(0, ge=0)
    """Files read at a time; 0 takes one per core. Has no influence on the result."""
    max_unpacked: int = Field(500_000_000_000, ge=1)
    """Bytes that an archive may unpack to."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        seen: dict[str, str] = {}
        for name in self.datasets:
            if not is_name(name):
                raise ValueError(f"datasets holds {shown(name)}, which is no name; {FORM}")
            if "." in name:
                raise ValueError(f"datasets holds {name}, and DVC takes the dot for a level of settings; leave it out")
            other = seen.setdefault(name.replace("-", "_"), name)  # as Dagster writes it
            if other != name:
                raise ValueError(f"datasets holds {other} and {name}, which only `-` and `_` tell apart; rename one")
        return self


class Validate(Section):
    """Limits of the expectation suites."""

    max_quarantine: float = Field(0.02, ge=0, le=1)
    """Share of rows that may be set aside with a reason before ``normalize`` refuses the dataset."""
    max_pixels: int = Field(50_000_000, ge=1, le=50_000_000)
    """Images with more pixels are refused undecoded; no later stage takes more than the default."""
    min_side: int = Field(28, ge=1)
    """Images with a shorter side are quarantined; 28 is one visual token of Qwen2.5-VL."""


class Normalize(Section):
    """Splits, by content and never by image, where a dataset has no official one."""

    val: float = Field(0.15, gt=0, lt=0.5)
    """Share of contents kept for choosing the best checkpoint."""
    test: float = Field(0.25, gt=0, lt=0.5)
    """Share of contents kept for evaluation; never seen before it."""
