"""A YAML file is read as DVC reads it, or refused in one sentence that names it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.errors import SettingsError
from mgiqa.settings import read_settings
from mgiqa.settings.document import parse_document, read_document
from mgiqa.settings.presets import list_presets

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)
)
FAULTS = {
    "no UTF-8": (b"seed: \xff\n", r"is no text in UTF-8 \(byte 6\)\. Save it as UTF-8"),
    "UTF-16": ("seed: 1\n".encode("utf-16"), "is no text in UTF-8"),
    "deep in brackets": (b"[" * 50_000, "is nested too deeply"),
    "deep in lines": ("".join(" " * depth + "a:\n" for depth in range(200)).encode(), "is nested too deeply"),
    "a value that stands for a billion": (BOMB.encode(), "stands for more than 10000 values"),
    "a circle": (b"a: &a [*a]\n", "is nested too deeply"),
    "a key twice": (b"train: {steps: 1}\nseed: 1\ntrain: {steps: 2}\n", "is no YAML .*duplicate key"),
    "no YAML": (b"train: {steps: 1\n", r"is no YAML \(line 2: "),
    "a tab": (b"train:\n\tsteps: 1\n", r"is no YAML \(line 2: "),
    "a list": (b"- one\n", "holds list, not a mapping"),
    "a word": (b"word\n", "holds str, not a mapping"),
    "a date": (b"seed: 2020-01-01\n", "put quotes around it"),
    "a day that is none": (b"seed: 2020-13-45\n", "holds a value that cannot be read|put quotes"),
    "too many digits": (b"seed: " + b"9" * 6000, "holds a value that cannot be read|holds"),
    "code": (b"seed: !!python/object/apply:os.system [id]\n", "is no YAML|cannot be read"),
    "a key that is no word": (b"1: 2\n", "has the key 1, which is no word"),
    "a long key": (b"a." * 5000 + b": 1\n", "is no YAML|is no word"),
    "a control character": (b"seed: \x07\n", "is no YAML"),
    "too long": (b"# " + b"x" * 60_000, "has 60002 bytes"),
}


@pytest.mark.parametrize(("content", "words"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_read_is_refused_in_one_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"^params\.yaml (.*)({words})") as refusal:
        read_settings(path)
    assert len(str(refusal.value)) < 400 and "\n" not in str(refusal.value)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none.yaml", Path("/dev/zero")):
        with pytest.raises(SettingsError, match="is no file"):
            read_document(path)


def test_numbers_are_those_that_dvc_records() -> None:
    """YAML 1.1 and 1.2 differ, and dvc.lock once held another seed than the stage had used."""
    assert parse_document("a: 010\nb: 1e-3\nc: on\nd: 1:30\n", "x") == {"a": 10, "b": 0.001, "c": "on", "d": "1:30"}


def test_an_empty_file_holds_nothing_and_a_byte_order_mark_is_none_of_it(tmp_path: Path) -> None:
    for content in (b"", b"# only words\n", b"\xef\xbb\xbfseed: 0\n"):
        (tmp_path / "params.yaml").write_bytes(content)
        assert read_settings(tmp_path / "params.yaml").seed == 0


@given(st.text())
def test_any_text_is_a_mapping_or_a_refusal(text: str) -> None:
    try:
        assert isinstance(parse_document(text, "x"), dict)
    except SettingsError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("rate", [".inf", "-.inf", ".nan"])
def test_a_rate_is_a_number(rate: str, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(f"train: {{learning_rate: {rate}}}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"train\.learning_rate is (-?inf|nan), but"):
        read_settings(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    "content", ["train: {steps: 3}\n", "about: words\n", "about: {for: x}\n", "about: {for: [1]}\n"]
)
def test_a_preset_that_does_not_say_what_it_is_is_refused_by_its_name(content: str, tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "mine.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^presets/mine\.yaml does not say what it is\. Give it a section `about`"):
        list_presets(tmp_path)
