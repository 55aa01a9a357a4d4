"""``mgiqa score``: a line for every file, as they come, whatever is among them."""

import contextlib
import io
import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mgiqa.attributes import KEYS
from mgiqa.cli import app
from mgiqa.cli.score import score
from mgiqa.errors import SettingsError
from mgiqa.images.loader import OPENERS
from mgiqa.scoring import portions
from tests.datasets.layouts import write_image


def call(model: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["score", *map(str, arguments), "--model", str(model)])


def test_whatever_a_folder_holds_is_one_record_each(memorizer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    write_image(folder / "a.png")
    write_image(folder / "below" / "z.JPG", 1)
    (folder / "b.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    os.mkfifo(folder / "c.png")
    (folder / "d.png").symlink_to(write_image(tmp_path / "secret.png"))
    write_image(folder / "e.png", size=(2, 500))
    (folder / "f.png").symlink_to(folder / "gone.png")
    (folder / os.fsdecode(b"g\xff\x1b[2J.png")).write_bytes(b"")
    (folder / "notes.txt").write_text("no image")
    done = call(memorizer, folder, "--json")
    records = {record["path"].removeprefix(f"{folder}/"): record for record in json.loads(done.stdout)}
    assert list(records) == sorted(records)
    assert {name: record["fault"] and record["fault"].partition(" is ")[2] for name, record in records.items()} == {
        "a.png": None,
        "b.jpg": "no image in a format that is read (JPEG, PNG, WebP, TIFF, BMP, GIF). Replace it.",
        "below/z.JPG": None,
        "c.png": "a pipe, a socket or a device. Name a regular file.",
        "d.png": "a link to a file outside its folder. Put the file itself there.",
        "e.png": "refused undecoded: 2 × 500 pixels, more than 200 times as long as wide. Save it smaller.",
        "f.png": "not there. Check the path.",
        "g\\udcff\\x1b[2J.png": "no image in a format that is read (JPEG, PNG, WebP, TIFF, BMP, GIF). Replace it.",
    }
    assert set(records["a.png"]["scores"]) == set(KEYS) and records["b.jpg"]["scores"] is None
    assert done.exit_code == 1
    shown = call(memorizer, folder)
    assert shown.exit_code == 1
    assert shown.stdout.count("Composition") == 2 and "\x1b[2J" not in shown.stdout


def test_a_list_of_one_line_each_is_json_as_a_whole(memorizer: Path, tmp_path: Path) -> None:
    for name in "ab":
        write_image(tmp_path / f"{name}.png")
    done = call(memorizer, tmp_path / "a.png", tmp_path / "b.png", "--json")
    first, *lines, last = done.stdout.splitlines()
    assert (done.exit_code, first, last) == (0, "[", "]")
    assert json.loads(done.stdout) == [json.loads(line.rstrip(",")) for line in lines]


def test_a_result_is_written_before_images_far_behind_are_opened(
    memorizer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "_TOGETHER", 1)
    files = [write_image(tmp_path / f"{number}.png") for number in range(4 * OPENERS + 3)]

    class Told(io.StringIO):
        """Takes the last image away as soon as anything is written."""

        def write(self, text: str) -> int:
            files[-1].unlink(missing_ok=True)
            return super().write(text)

    with contextlib.redirect_stdout(Told()) as told, pytest.raises(typer.Exit):
        score(files, memorizer, 1, 0, as_json=True)
    faults = [record["fault"] for record in json.loads(told.getvalue())]
    assert faults[:-1] == [None] * (len(files) - 1) and "is not there" in faults[-1]


def test_a_link_that_is_named_itself_is_followed(memorizer: Path, tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(write_image(tmp_path / "elsewhere" / "a.png"))
    assert call(memorizer, tmp_path / "link.png").exit_code == 0


def test_an_address_is_told_from_a_path(memorizer: Path) -> None:
    done = call(memorizer, "https://example.org/a.png")
    assert "is an address, and nothing is fetched. Download it" in " ".join(done.stdout.split())


def test_outside_a_checkout_the_remedy_is_an_option_that_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["score", "photo.jpg"])
    assert isinstance(done.exception, SettingsError)
    assert str(done.exception).endswith("whose champion could be taken. Name one with --model FOLDER.")
