"""What the system refuses ends in one sentence and a status of its kind, from whichever library it comes."""

import errno
import json
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mgiqa.cli import main
from mgiqa.errors import Busy, DataError, LabelError, MachineError, NotPermitted, SettingsError
from mgiqa.system import BUG, DEBUG, ERROR_KINDS, explanation, one_sentence


def caught(act: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as raised:
        act()
    return raised.value


def write_tensors(path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"weight": np.zeros(100_000)}, path)


def write_state(path: Path) -> None:
    import torch

    torch.save({"weight": torch.zeros(100_000)}, path)


def write_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t AS SELECT zeroblob(100000) AS x")
        database.commit()


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may have more than 20 kB, which libraries meet where they meet a full disk: in the middle of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(bytes(100_000)),
        lambda path: np.save(path, np.zeros(100_000)),
        lambda path: pd.DataFrame({"a": np.arange(100_000)}).to_parquet(path),
        write_tensors,
        write_state,
        write_database,
    ],
)
def test_a_file_that_cannot_be_written_to_its_end_is_recognized_whoever_wrote(
    write: Callable[[Path], object], tmp_path: Path
) -> None:
    said = explanation(caught(lambda: write(tmp_path / "file.npy")))
    assert isinstance(said, MachineError) and said.exit_code == 74
    assert "disk" in str(said)


def fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")


def use_locked(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as one, closing(sqlite3.connect(path, timeout=0)) as two:
        one.execute("BEGIN EXCLUSIVE")
        two.execute("SELECT * FROM sqlite_master")


def use_garbage(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)
    with closing(sqlite3.connect(path)) as database:
        database.execute("SELECT * FROM sqlite_master")


def write_protected(path: Path) -> None:
    path.touch()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        database.execute("CREATE TABLE t (x)")


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (fill, MachineError, "the disk is full"),
        (use_locked, Busy, "in use by another process"),
        (use_garbage, MachineError, "is damaged"),
        (write_protected, NotPermitted, "nothing can be written"),
    ],
)
def test_a_database_says_why_also_through_sqlalchemy(
    act: Callable[[Path], object], kind: type, words: str, tmp_path: Path
) -> None:
    from sqlalchemy.exc import DatabaseError

    error = caught(lambda: act(tmp_path / "some.db"))
    wrapped = caught(lambda: raise_from(DatabaseError("SELECT 1", {}, error), error))
    for one in (error, wrapped):
        said = explanation(one)
        assert type(said) is kind and words in str(said)


def raise_from(error: Exception, cause: Exception) -> None:
    raise error from cause


def test_an_error_of_the_system_is_known_through_what_libraries_raise_from_it() -> None:
    full = OSError(errno.ENOSPC, "as the system says it", "some/file")
    upper = caught(lambda: raise_from(RuntimeError("could not save"), caught(lambda: raise_from(KeyError("x"), full))))
    assert str(explanation(upper)).startswith("some/file cannot be written: the disk is full")
    refused = caught(lambda: raise_from(RuntimeError("no"), LabelError("row 3 has no name")))
    assert str(explanation(refused)) == "row 3 has no name."


def test_too_little_memory_is_recognized() -> None:
    import torch

    for act in (lambda: np.empty(1 << 45), lambda: torch.empty(1 << 45)):
        said = explanation(caught(act))
        assert said is not None and "needs more memory than there is" in str(said)


def test_a_name_that_is_no_text_is_quoted_as_it_can_be() -> None:
    said = explanation(caught(lambda: "photo\udcff.jpg".encode()))
    assert isinstance(said, DataError)
    assert r"'photo\udcff.jpg' holds bytes that are no UTF-8. Rename the file." in str(said)


@pytest.mark.parametrize("number", [number for number in ERROR_KINDS if number > 0])
def test_a_number_of_the_system_names_the_file_and_what_to_do(number: int) -> None:
    said = explanation(OSError(number, "as the system says it", "some/file"))
    assert said is not None and said.remedy
    assert str(said).startswith("some/file ")


def test_a_fault_of_the_program_is_none_of_the_systems() -> None:
    for error in (KeyError("x"), ValueError("no"), AssertionError(), OSError("without a number"), RuntimeError()):
        assert explanation(error) is None
    assert explanation(ValueError()) is None


def ended(error: Exception, debug: bool = False) -> object:
    with pytest.raises(SystemExit) as ending, one_sentence(debug):
        raise error
    return ending.value.code


def test_the_status_says_of_which_kind_it_is_and_a_trace_stands_where_it_helps(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DEBUG, raising=False)
    assert ended(LabelError("row 3 has no name")) == 65
    assert capsys.readouterr().err == "mgiqa: row 3 has no name.\n"
    assert ended(OSError(errno.ENOSPC, "full", "x")) == 74
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert ended(SettingsError("no"), debug=True) == 78
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv(DEBUG, "1")
    assert ended(SettingsError("no")) == 78
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.delenv(DEBUG)
    assert ended(KeyError("x")) == BUG
    said = capsys.readouterr().err
    assert "Traceback" in said and said.splitlines()[-1].startswith("mgiqa: this is a fault of the program (KeyError)")


def test_a_sentence_is_one_line_that_commands_no_terminal() -> None:
    assert str(LabelError("two\nlines \x1b[2J and \udcff")) == r"two lines \x1b[2J and \udcff."


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    monkeypatch.setattr(sys, "argv", ["mgiqa", *words])
    with pytest.raises(SystemExit) as ending:
        main()
    return ending.value.code, capsys.readouterr().err


def test_every_verb_ends_in_a_sentence_and_shows_the_trace_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "params.yaml").write_bytes("seed: 1\n".encode("utf-16"))
    monkeypatch.chdir(tmp_path)
    for verb in (["doctor"], ["normalize"], ["models"], ["promote"], ["preset", "use", "../params"]):
        status, said = run(monkeypatch, capsys, *verb)
        assert (status, len(said.splitlines())) == (78, 1), said
        assert "Traceback" in run(monkeypatch, capsys, *verb, "--debug")[1]
        assert "Traceback" in run(monkeypatch, capsys, "--debug", *verb)[1]


def test_an_empty_argument_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["score", ""], ["score", "x.jpg", "--model", ""], ["preset", "use", ""]):
        assert run(monkeypatch, capsys, *words) == (
            78, "mgiqa: an argument is empty, and names nothing. Give a name, or leave it out.\n"
        )  # fmt: skip


def test_names_that_are_no_text_can_be_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = run(monkeypatch, capsys, "ablate", "plan\udcff.yaml")
    assert status != BUG and r"plan\udcff" in said
    assert json.loads('"' + r"plan\udcff" + '"') == "plan\udcff"
