from pathlib import Path

from mgiqa.registry.hashes import dvc_hash
from mgiqa.workspace import Workspace

LOCK = """schema: '2.0'
stages:
  train:
    cmd: python -m mgiqa train
    outs:
    - path: data/models/policy
      md5: 0123456789abcdef0123456789abcdef.dir
"""


def test_an_output_is_known_by_the_hash_in_the_lock(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(LOCK)
    assert dvc_hash(Workspace(tmp_path), "data/models/policy") == "0123456789abcdef0123456789abcdef.dir"


def test_what_dvc_has_not_recorded_is_said_to_be_unrecorded(tmp_path: Path) -> None:
    assert dvc_hash(Workspace(tmp_path), "data/models/policy") == "unrecorded"
    (tmp_path / "dvc.lock").write_text(LOCK)
    assert dvc_hash(Workspace(tmp_path), "data/report") == "unrecorded"
