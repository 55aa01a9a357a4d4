"""The entries of the log, the newest first; the day is the beginning of a file's name."""

from pathlib import Path


def list_log(root: Path) -> str:
    """Markdown with a line per entry."""
    pages = sorted((root / "docs" / "log").glob("2*.md"), reverse=True)
    return "\n".join(f"* {page.name[:10]}: [{_title(page)}]({page.name})" for page in pages)


def _title(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
