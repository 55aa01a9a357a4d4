"""What is known of a dataset: the words in which the catalogue states its facts.

A dataset has one or more **layouts**: forms in which its labels are published. A layout names its label **tables**, and
says in *working names* (the keys of ``Table.columns``) how a row becomes an image file, a content, a split and scores.
Templates such as ``"images/{file}"`` and ``"{file}"`` are filled from the working names of a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mgiqa.columns import mos_column, std_column

Family = Literal["synthetic", "authentic", "generated", "restoration"]
_Target = Literal["soft", "hard"]


@dataclass(frozen=True)
class Table:
    """One official label file, or several of the same form.

    Attributes:
        paths: where it may lie below the dataset's folder; the first that is there is taken. A pattern with ``*``
            stacks every file that matches, and offers their stems as the column ``@file``.
        form: ``text`` (values between delimiters), ``excel`` (xls, xlsx), ``mat`` (MATLAB), ``parquet``, or ``blocks``
            (no file: numbered names, stated in ``blocks``).
        columns: working name → column in the file. An integer is a position, for files without a header.
        series: working name → how the names of several columns begin, which are taken as ``<working name>1``,
            ``<working name>2``, …
        maybe: the same, for columns that not every release has.
        on: working name, in this table and those before it, that joins them; empty joins by the order of rows.
        optional: whether the dataset can be read without this file.
        delimiter: of ``text``, one or more alternatives; a blank stands for any white space.
        sheet: of ``excel``; empty takes the first.
        header: number of rows above the header.
        blocks: name → count, for ``blocks``; gives the columns ``block``, ``number`` (from 1, in each block) and
            ``row`` (from 0, over all).
    """

    paths: tuple[str, ...] = ()
    form: Literal["text", "excel", "mat", "parquet", "blocks"] = "text"
    columns: Mapping[str, str | int] = field(default_factory=dict)
    series: Mapping[str, str] = field(default_factory=dict)
    maybe: Mapping[str, str | int] = field(default_factory=dict)
    on: str = ""
    optional: bool = False
    delimiter: str = ","
    sheet: str = ""
    header: int = 0
    blocks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Std:
    """Where the standard deviation of an image's votes comes from.

    Attributes:
        column: working name; for ``votes`` the common part of several.
        form: ``std`` as it stands, ``variance`` (its root is taken), or ``votes`` (sample deviation, n - 1).
        source: what the file says it is, and on which scale.
    """

    column: str
    form: Literal["std", "variance", "votes"] = "std"
    source: str = "standard deviation of the votes, on the scale of the score"


@dataclass(frozen=True)
class ScoreColumn:
    """One thing that people rated.

    Attributes:
        name: what the dataset calls it, in lower case.
        column: working name of its mean opinion score.
        low, high: the declared range. A fact of the scale, never the minimum and maximum of a file.
        key: our attribute, ``None`` where it has no counterpart; it is then kept, but not trained on.
        higher_is_better: the direction; false for a true DMOS.
        std: where its standard deviation comes from, if from anywhere.
        target: ``soft`` compares two images by the votes' spread, ``hard`` by their order.
        why: the reason for ``target``.
    """

    name: str
    column: str
    low: float
    high: float
    key: str | None = None
    higher_is_better: bool = True
    std: Std | None = None
    target: _Target = "hard"
    why: str = "no standard deviation of votes is published"

    @property
    def direction(self) -> str:
        return "higher is better" if self.higher_is_better else "lower is better"

    @property
    def scale(self) -> str:
        """The range with its direction, short: ``1–5 ↑``."""
        return f"{self.low:g}–{self.high:g} {'↑' if self.higher_is_better else '↓'}"

    @property
    def mos(self) -> str:
        """Name of the records' column with its score."""
        return mos_column(self.key) if self.key else f"extra_{self.name}"

    @property
    def deviation(self) -> str:
        """Name of the records' column with its standard deviation."""
        return std_column(self.key) if self.key else f"extra_std_{self.name}"


@dataclass(frozen=True)
class LeftOut:
    """Rows that the usual protocol leaves out.

    Attributes:
        column: working name that tells them.
        pattern: regular expression that their value matches as a whole.
        reason: one clause.
    """

    column: str
    pattern: str
    reason: str


@dataclass(frozen=True)
class Layout:
    """One form in which a dataset is published.

    Attributes:
        name: ``official``, or that of the public list.
        tables: label files; the first gives the rows.
        scores: what was rated, ``overall`` first.
        file: template of the image's name in the dataset, unique in it.
        images: templates of the path below the dataset's folder; the first that exists is taken, row by row, upper or
            lower case alike where only one file fits.
        content: template of what a row shows, whatever was done to it.
        content_pattern: regular expression; its first group in ``content`` is the content id.
        prompt: working name of the text an image was generated from.
        split: working name of the official split.
        splits: its values → ``train``, ``val`` or ``test``; an empty cell means no split.
        values: working name → value in the file → value that file names use.
        parts: further working names → template and regular expression, whose first group is the value.
        left_out: rows that the usual protocol leaves out.
        per_content: whether scores compare only within a content, so that statistics are per content.
    """

    name: str
    tables: tuple[Table, ...]
    scores: tuple[ScoreColumn, ...]
    file: str
    images: tuple[str, ...]
    content: str
    content_pattern: str = r"(.+)"
    prompt: str = ""
    split: str = ""
    splits: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    left_out: LeftOut | None = None
    per_content: bool = False

    @property
    def overall(self) -> ScoreColumn:
        return next(score for score in self.scores if score.key == "overall")

    @property
    def trained(self) -> tuple[ScoreColumn, ...]:
        """The scores that have one of our keys."""
        return tuple(score for score in self.scores if score.key)


@dataclass(frozen=True)
class Dataset:
    """One entry of the catalogue.

    Attributes:
        name: key in ``params.yaml``, folder below ``data/raw``.
        title: official name.
        family: what its images suffer from.
        layouts: forms in which its labels are published, the preferred one first.
        split_rule: ``official`` (stated in the files), ``content`` (seeded, whole contents), or ``test`` (test only).
        content_rule: what a content is, in words.
        rows: expected number of labels.
        contents: expected number of contents, 0 where not known.
        licence: as its publisher states it.
        citation: authors, title, venue, year.
        home: where to get it.
        notes: traps, each one sentence.
    """

    name: str
    title: str
    family: Family
    layouts: tuple[Layout, ...]
    split_rule: Literal["official", "content", "test"]
    content_rule: str
    rows: int
    licence: str
    citation: str
    home: str
    contents: int = 0
    notes: tuple[str, ...] = ()

    @property
    def scores(self) -> tuple[ScoreColumn, ...]:
        """The scores of the preferred layout."""
        return self.layouts[0].scores

    @property
    def per_content(self) -> bool:
        """Whether scores of the preferred layout compare only within a content."""
        return self.layouts[0].per_content

    def layout(self, name: str) -> Layout:
        """The layout called ``name``."""
        return next(layout for layout in self.layouts if layout.name == name)
