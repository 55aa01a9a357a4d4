"""Presets end in params.yaml, and in nothing that cannot be read."""

import shutil
from pathlib import Path

import pytest
import yaml

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.read.labels import read_labels
from mgiqa.datasets.split.assignment import assign_splits
from mgiqa.datasets.split.public import with_split
from mgiqa.doctor.batches import batch_faults
from mgiqa.errors import SettingsError
from mgiqa.evaluation.literature.protocols import PROTOCOLS, TOLERANCE, Protocol
from mgiqa.settings import check_settings, read_settings
from mgiqa.settings.presets import Preset, find_preset, list_presets, use_preset, with_preset

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path))


@pytest.mark.parametrize("preset", list_presets(ROOT), ids=lambda preset: preset.name)
def test_every_preset_gives_valid_settings_and_says_what_it_needs(preset: Preset) -> None:
    check_settings(with_preset(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), preset))
    assert {"for", "hardware", "memory", "source"} <= set(preset.about)


def test_the_default_is_the_first_preset(params: Path) -> None:
    before = read_settings(params)
    use_preset(params, find_preset(ROOT, "tiny-cpu"))
    assert read_settings(params) == before


@pytest.mark.parametrize("preset", list_presets(ROOT), ids=lambda preset: preset.name)
def test_the_default_is_the_way_back_from_every_preset(preset: Preset, params: Path) -> None:
    before = read_settings(params)
    use_preset(params, preset)
    assert (read_settings(params) == before) == (preset.name == "tiny-cpu")
    use_preset(params, find_preset(ROOT, "tiny-cpu"))
    assert read_settings(params) == before


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=lambda protocol: protocol.name)
def test_the_preset_of_a_protocol_trains_and_tests_on_what_the_protocol_says(
    protocol: Protocol, params: Path, real_data: Path
) -> None:
    use_preset(params, find_preset(ROOT, protocol.name.lower()))
    settings = read_settings(params)
    assert set(settings.evaluate.datasets) == set(protocol.benchmarks)
    trained = {name for name, source in settings.ingest.datasets.items() if source.split != "test"}
    assert trained == set(protocol.training)
    assert set(settings.ingest.datasets) == {*protocol.training, *protocol.benchmarks}
    for name in sorted(set(settings.ingest.datasets) & {"kadid10k", "spaq", "koniq10k", "agiqa3k", "bid", "clive"}):
        source = settings.ingest.datasets[name]
        labels = read_labels(CATALOGUE[name], real_data / "annotations" / name).table
        rows = with_split(labels, CATALOGUE[name], source, Path()).assign(sha256=None)
        shares = settings.normalize
        counts = assign_splits(rows, shares.val, shares.test, settings.seed).value_counts()
        stated = protocol.training.get(name)
        assert stated is None or abs(counts["train"] - stated) <= TOLERANCE * stated
        tested = protocol.benchmarks.get(name)
        assert tested is None or name in protocol.in_domain or counts["test"] == tested
        assert name in trained or set(counts.index) == {"test"}


@pytest.mark.parametrize("preset", list_presets(ROOT), ids=lambda preset: preset.name)
def test_a_preset_fits_whatever_was_used_before_it(preset: Preset, params: Path) -> None:
    for before in list_presets(ROOT):
        use_preset(params, before)
        use_preset(params, preset)
        assert [str(fault) for fault in batch_faults(read_settings(params)) if "datasets" in str(fault)] == []


def test_datasets_that_a_preset_does_not_name_are_left_out(params: Path) -> None:
    use_preset(params, Preset("one", {}, {"ingest": {"datasets": {"spaq": {"source": "sample"}}}}))
    assert list(read_settings(params).ingest.datasets) == ["spaq"]


def test_using_a_preset_keeps_comments_and_what_it_is_silent_on(params: Path) -> None:
    use_preset(params, Preset("mine", {}, {"train": {"steps": 7}}))
    text = params.read_text(encoding="utf-8")
    assert "# Every setting a person may change" in text
    assert read_settings(params).train.steps == 7
    assert read_settings(params).warmup == read_settings(ROOT / "params.yaml").warmup


def test_a_preset_that_would_not_be_valid_changes_nothing(params: Path) -> None:
    before = params.read_bytes()
    with pytest.raises(SettingsError, match="did you mean steps"):
        use_preset(params, Preset("bad", {}, {"train": {"stepz": 7}}))
    assert params.read_bytes() == before


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="tiny-cpu"):
        find_preset(ROOT, "huge")


OF_A_MODEL = {
    "base": {"tiny"},
    "warmup": set(),
    "train": {"datasets", "vllm_server"},
    "evaluate": {"datasets", "resamples", "processes", "max_failures"},
    "launch": set(),
}
"""Sections that the preset of a model decides → settings in them that are about data or about the machine."""
MODELS = [preset for preset in list_presets(ROOT) if "base" in preset.values]


@pytest.mark.parametrize("preset", MODELS, ids=lambda preset: preset.name)
def test_what_a_preset_of_a_model_gives_does_not_depend_on_what_was_there(preset: Preset) -> None:
    """So it states every value that it relies on, of those that params.yaml or any other preset states."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    others = [params, *(other.values for other in MODELS)]
    for section, aside in OF_A_MODEL.items():
        stated = {name for other in others for name in other.get(section) or {}} - aside
        assert stated - set(preset.values.get(section) or {}) == set(), section


def test_params_say_what_the_defaults_are() -> None:
    """A value that differs by accident would change a result when somebody takes its line away."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    datasets = params["ingest"].pop("datasets")
    assert check_settings({**params, "ingest": {"datasets": datasets}}) == check_settings(
        {"ingest": {"datasets": datasets}}
    )
