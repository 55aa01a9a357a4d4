from types import SimpleNamespace

from mgiqa.training.checkpoints import Checkpoints, latest_checkpoint


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
    state = SimpleNamespace(global_step=step, is_world_process_zero=True)
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


def test_every_part_gets_its_state_back(tmp_path):
    folder, part = save(tmp_path, 3, 42), Part(0)
    Checkpoints({"part": part}).restore(folder)
    assert part.value == 42
