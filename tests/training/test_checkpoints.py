import json
from types import SimpleNamespace

from mgiqa.training.grpo.checkpoints import Checkpoints, latest_checkpoint, write_json


class Part:
    def __init__(self, value):
        self.value = value

    def save_state(self, folder):
        (folder / "value").write_text(str(self.value))

    def load_state(self, folder):
        self.value = int((folder / "value").read_text())


def save(work, step, value):
    folder = work / f"checkpoint-{step}"
    folder.mkdir()
    state = SimpleNamespace(global_step=step)
    Checkpoints({"part": Part(value)}).on_save(SimpleNamespace(output_dir=str(work)), state, None)
    return folder


def test_the_latest_is_by_number_and_not_by_name(tmp_path):
    save(tmp_path, 9, 1)
    last = save(tmp_path, 10, 2)
    assert latest_checkpoint(tmp_path) == last


def test_one_that_was_cut_off_while_it_was_written_does_not_count_and_goes(tmp_path):
    whole = save(tmp_path, 4, 1)
    torn = tmp_path / "checkpoint-8"
    torn.mkdir()
    (torn / "model.safetensors").write_bytes(b"half")
    assert latest_checkpoint(tmp_path) == whole
    assert not torn.exists()


def test_without_any_there_is_none(tmp_path):
    assert latest_checkpoint(tmp_path) is None


def test_one_that_lost_a_file_or_a_part_of_one_does_not_count(tmp_path):
    whole, cut, robbed = (save(tmp_path, step, 123) for step in (4, 8, 12))
    (cut / "part" / "value").write_text("1")
    (robbed / "part" / "value").unlink()
    assert latest_checkpoint(tmp_path) == whole


def test_every_part_gets_its_state_back_when_training_begins(tmp_path):
    part = Part(0)
    Checkpoints({"part": part}, save(tmp_path, 3, 42)).on_train_begin(None, None, None)
    assert part.value == 42


def test_without_a_start_the_parts_stay_as_they_are():
    part = Part(7)
    Checkpoints({"part": part}).on_train_begin(None, None, None)
    assert part.value == 7


def test_another_process_may_have_made_the_folder_of_a_part(tmp_path):
    (tmp_path / "checkpoint-5" / "part").mkdir(parents=True)
    state = SimpleNamespace(global_step=5)
    Checkpoints({"part": Part(8)}).on_save(SimpleNamespace(output_dir=str(tmp_path)), state, None)
    assert (tmp_path / "checkpoint-5" / "part" / "value").read_text() == "8"


def test_a_complete_one_is_told_with_its_step(tmp_path):
    told = []
    (tmp_path / "checkpoint-5").mkdir()
    state = SimpleNamespace(global_step=5)
    Checkpoints({}, saved=told.append).on_save(SimpleNamespace(output_dir=str(tmp_path)), state, None)
    assert told == [5]
    assert latest_checkpoint(tmp_path) == tmp_path / "checkpoint-5"


def test_the_state_of_a_part_is_written_as_it_is(tmp_path):
    write_json(tmp_path / "state.json", {"mean": [0.1, 1e-300]})
    assert json.loads((tmp_path / "state.json").read_text()) == {"mean": [0.1, 1e-300]}
