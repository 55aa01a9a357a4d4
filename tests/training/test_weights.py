import pytest
import torch

from mgiqa.errors import TrainingError
from mgiqa.training.weights import read_weights, write_weights

NAMES = ("head.bias", "head.weight")


@pytest.fixture
def path(tmp_path):
    """A file with both weights, one of them a transposed view."""
    written = tmp_path / "made" / "weights.safetensors"
    write_weights(written, {"head.weight": torch.arange(6.0).reshape(2, 3).T, "head.bias": torch.ones(3)})
    return written


def test_what_is_written_is_read(path):
    found = read_weights(path, NAMES)
    assert torch.equal(found["head.weight"], torch.arange(6.0).reshape(2, 3).T)
    assert torch.equal(found["head.bias"], torch.ones(3))


def test_nothing_but_the_file_is_left(path):
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_a_name_that_is_missing_is_an_error(path):
    with pytest.raises(TrainingError, match=r"does not fit the 3 weights that learn: it lacks tail\. Remove"):
        read_weights(path, [*NAMES, "tail"])


def test_a_name_that_is_left_over_is_an_error(path):
    with pytest.raises(TrainingError, match=r"holds besides head\.bias"):
        read_weights(path, ["head.weight"])


def test_names_of_another_scheme_are_told_both_ways_and_counted(path):
    names = [f"model.{number}" for number in range(9)]
    with pytest.raises(
        TrainingError, match=r"lacks model\.0, model\.1, model\.2 and 6 more and holds besides head\.bias"
    ):
        read_weights(path, names)


@pytest.mark.parametrize("content", [b"", b"torn"])
def test_a_file_that_cannot_be_read_is_an_error(path, content):
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_weights(path, NAMES)


def test_no_file_is_an_error(tmp_path):
    with pytest.raises(TrainingError, match="cannot be read"):
        read_weights(tmp_path / "weights.safetensors", NAMES)
