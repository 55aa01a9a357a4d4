"""What a document tells its reader to type, and what it shows."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
NUMBER = re.compile(r"[-+]?[\d.]+( %)?|–")


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        language: as its fence says; ``indented`` for one without a fence.
        text: its lines.
    """

    language: str
    text: str

    @property
    def is_settings(self) -> bool:
        return self.language == "yaml" or (self.language == "indented" and re.match(r"\w+: ", self.text) is not None)

    @property
    def commands(self) -> list[str]:
        """What is typed at a shell; where output is shown too, the lines behind ``$``."""
        if self.is_settings or self.language not in ("bash", "console", "indented"):
            return []
        lines = [re.sub(r"\s+#.*", "", line) for line in self.text.splitlines() if line]
        if self.language == "console":
            return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return lines

    @property
    def output(self) -> str:
        """What stands below the last command of a console, or the whole of any other block."""
        return self.text.rpartition("$ ")[2].partition("\n")[2] if self.language == "console" else self.text


def read_blocks(name: str) -> list[Block]:
    """The blocks of a document; those without a fence after those with one."""
    text = (ROOT / name).read_text(encoding="utf-8")
    fenced = [Block(*match.groups()) for match in FENCED.finditer(text)]
    indented = [
        Block("indented", re.sub("^    ", "", found, flags=re.M)) for found in INDENTED.findall(FENCED.sub("", text))
    ]
    return fenced + indented


def read_commands(name: str) -> list[str]:
    """Every command of a document."""
    return [command for block in read_blocks(name) for command in block.commands]


def form(output: str) -> list[tuple[str, ...]]:
    """The form of what a command prints, line by line: its words, without numbers, bars and what a model says."""
    return [_form(re.split(r"\s{2,}", line.strip())) for line in output.splitlines() if line.strip()]


def _form(cells: list[str]) -> tuple[str, ...]:
    kinds = [
        "number" if NUMBER.fullmatch(cell) else "bar" if not cell.strip("━─") else re.sub(r"\d+", "0", cell)
        for cell in cells
    ]
    return tuple("words" if "number" in kinds and kind.endswith(".") else kind for kind in kinds)
