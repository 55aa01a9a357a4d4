"""What params.yaml says is either possible and known, or refused in one sentence."""

from pathlib import Path

import pytest

from mgiqa.errors import SettingsError
from mgiqa.images.bounds import MAX_PIXELS
from mgiqa.settings import check_settings, read_settings


def test_a_wrong_name_is_refused_with_the_right_one() -> None:
    with pytest.raises(SettingsError, match=r"train\.step is no setting \(did you mean steps\?\)"):
        check_settings({"train": {"step": 3}})


def test_a_wrong_section_is_refused_with_the_right_one() -> None:
    with pytest.raises(SettingsError, match=r"trian is no setting \(did you mean train\?\)"):
        check_settings({"trian": {}})


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        check_settings({"train": {"images": 1}, "normalize": {"val": 2.0}})
    assert "train.images is 1" in str(refusal.value)
    assert "normalize.val is 2.0" in str(refusal.value)


def test_a_refusal_is_one_line_and_says_what_to_do() -> None:
    with pytest.raises(SettingsError) as refusal:
        check_settings({"seed": -1})
    assert "\n" not in str(refusal.value)
    assert "Correct the file" in str(refusal.value)


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("- one\n- two\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="holds list"):
        read_settings(tmp_path / "params.yaml")


def test_settings_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        check_settings({}).seed = 3


def test_an_average_of_weights_that_nobody_sees_is_refused() -> None:
    launch = {"engine": "zero3", "processes": 2}
    with pytest.raises(SettingsError, match=r"params.yaml: launch.engine zero3 .* it must be 0"):
        check_settings({"launch": launch, "train": {"averaging": 0.5}})
    assert check_settings({"launch": launch, "train": {"averaging": 0}}).launch.processes == 2


def test_equal_validation_answers_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"train: validate_answers is 4, and at validate_temperature 0 all .* same"):
        check_settings({"train": {"validate_answers": 4, "validate_temperature": 0}})
    assert check_settings({"train": {"validate_answers": 4, "validate_temperature": 0.8}}).train.validate_answers == 4


def test_a_checkpoint_within_a_generation_batch_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"train: validate_every is 20, and a generation batch lasts for 3 steps"):
        check_settings({"train": {"iterations": 3}})
    assert check_settings({"train": {"iterations": 5}}).train.validate_every == 20


@pytest.mark.parametrize(
    "launch",
    [
        {"engine": "local", "processes": 2},
        {"engine": "ddp", "processes": 1},
        {"engine": "ddp", "processes": 3, "machines": 2},
    ],
)
def test_processes_that_contradict_their_engine_are_refused(launch: dict) -> None:
    with pytest.raises(SettingsError, match="launch: "):
        check_settings({"launch": launch})


def test_validation_lets_in_no_larger_image_than_later_stages_take() -> None:
    assert check_settings({"validate": {"max_pixels": MAX_PIXELS}}).validate_.max_pixels == MAX_PIXELS
    with pytest.raises(SettingsError, match=r"validate\.max_pixels is 50000001"):
        check_settings({"validate": {"max_pixels": MAX_PIXELS + 1}})
