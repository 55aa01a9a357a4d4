"""Reading what somebody else has named."""

import errno
import os
import socket
import threading
from pathlib import Path

import pytest

from mgiqa.errors import ImageError
from mgiqa.images import regular
from mgiqa.images.opening import open_image
from mgiqa.images.regular import open_regular, read_regular
from tests.datasets.layouts import write_image


def refusal(path: Path, **options: Path) -> str:
    with pytest.raises(ImageError) as refused:
        read_regular(path, 1000, **options)
    return str(refused.value)


def test_a_pipe_without_a_writer_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "photo.png")
    done = threading.Thread(target=lambda: refusal(tmp_path / "photo.png"), daemon=True)
    done.start()
    done.join(20)
    assert not done.is_alive()
    assert refusal(tmp_path / "photo.png").endswith("is a pipe, a socket or a device. Name a regular file.")


def test_devices_and_sockets_are_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        for path in (Path("/dev/zero"), tmp_path / "s"):
            assert "is a pipe, a socket or a device" in refusal(path)


def test_a_pipe_that_takes_the_place_of_a_file_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pipe = tmp_path / "a.png", tmp_path / "pipe"
    path.write_bytes(b"x")
    os.mkfifo(pipe)
    opened = os.open

    def exchanged(path: Path, flags: int) -> int:
        pipe.replace(path)
        return opened(path, flags)

    monkeypatch.setattr(regular.os, "open", exchanged)
    assert "is a pipe" in refusal(path)


def test_a_file_that_says_it_is_empty_and_is_not_is_read_up_to_the_limit() -> None:
    assert Path("/proc/self/smaps").stat().st_size == 0
    assert "has more than 1,000 bytes" in refusal(Path("/proc/self/smaps"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.EACCES, "may not be read by this user. Give it the permission to."),
        (errno.EIO, "cannot be read. Check the disk it lies on, and its permissions."),
    ],
)
def test_what_the_system_says_becomes_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    (tmp_path / "a.png").write_bytes(b"x")

    def failing(path: Path, flags: int) -> int:
        raise OSError(code, "as the system says it", str(path))

    monkeypatch.setattr(regular.os, "open", failing)
    assert refusal(tmp_path / "a.png") == f"{tmp_path}/a.png {said}"


@pytest.mark.parametrize("name", ["absent.png", "a" * 300, "null\0byte", "\ud800", "file/below"])
def test_what_is_not_there_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert "is not there. Check the path." in refusal(tmp_path / name)


def test_a_folder_and_a_link_to_itself_say_so(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refusal(tmp_path).endswith("is a folder. Name a file.")
    assert "is a link that leads nowhere" in refusal(tmp_path / "loop")


@pytest.mark.parametrize("address", ["https://example.org/a.png", "s3://bucket/a.png", "file:///etc/passwd"])
def test_an_address_is_told_from_a_path(address: str) -> None:
    assert "is an address, and nothing is fetched. Download it" in refusal(Path(address))


def test_a_link_may_lead_anywhere_but_not_out_of_a_root(tmp_path: Path) -> None:
    outside, inside = write_image(tmp_path / "secret.png"), write_image(tmp_path / "set" / "b.png")
    link = tmp_path / "set" / "a.png"
    link.symlink_to(outside)
    assert open_image(link).size == (40, 32)
    with pytest.raises(ImageError, match=r"^a\.png is a link to a file outside its folder\. Put the file itself there"):
        open_image(link, root=tmp_path / "set")
    link.unlink()
    link.symlink_to(inside)
    assert open_image(link, root=tmp_path / "set").size == (40, 32)
    (tmp_path / "door").symlink_to(tmp_path / "set")
    assert open_image(link, root=tmp_path / "door").size == (40, 32)


def test_no_message_says_more_of_a_path_than_the_name_that_was_given(tmp_path: Path) -> None:
    write_image(tmp_path / "secret.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "out").symlink_to(tmp_path / "secret.png")
    (tmp_path / "set" / "broken").symlink_to(tmp_path / "secret place" / "a.png")
    (tmp_path / "set" / "text").write_text("text")
    for name in ("out", "broken", "text", "absent"):
        with pytest.raises(ImageError) as refused:
            open_image(tmp_path / "set" / name, name="image 3", root=tmp_path / "set")
        assert str(refused.value).startswith("image 3 is ")
        assert "secret" not in str(refused.value) and str(tmp_path) not in str(refused.value)


def test_nothing_stays_open(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for root in (None, tmp_path, tmp_path / "other"):
        try:
            with open_regular(tmp_path / "a.png", root=root):
                pass
        except ImageError:
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
