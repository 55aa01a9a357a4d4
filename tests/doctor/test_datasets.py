"""Datasets that the settings list and nobody knows, or that are not there."""

from pathlib import Path

from mgiqa.doctor.datasets import data_faults, name_faults
from mgiqa.settings import check_settings
from tests.datasets.holiday import documented


def test_a_source_that_is_not_there_is_a_fault_with_the_place_to_name_it(tmp_path: Path) -> None:
    sources = {"spaq": {"source": "sample"}, "kadid10k": {"source": "kadid"}, "koniq10k": {"source": "https://host/k"}}
    settings = check_settings({"ingest": {"datasets": sources}})
    (fault,) = data_faults(settings, tmp_path)
    assert "ingest.datasets.kadid10k.source" in fault.remedy
    (tmp_path / "kadid").mkdir()
    assert list(data_faults(settings, tmp_path)) == []


def test_the_source_of_a_dataset_of_ones_own_is_not_looked_for_in_the_catalogue(tmp_path: Path) -> None:
    settings = check_settings(documented())
    assert list(name_faults(settings)) == []
    (fault,) = data_faults(settings, tmp_path / "checkout")
    assert fault.remedy == "Name the folder of your files in ingest.datasets.holiday.source."
    (tmp_path / "holiday").mkdir()
    (tmp_path / "checkout").mkdir()
    assert list(data_faults(settings, tmp_path / "checkout")) == []


def test_a_name_that_nobody_knows_is_a_fault_before_anything_runs() -> None:
    sources = {"spaq": {}, "koniq10": {"source": "/k"}, "para": {"source": "/p", "custom": {}}}
    unknown, taken = name_faults(check_settings({"ingest": {"datasets": sources}}))
    assert unknown.what == "the catalogue has no dataset 'koniq10' (did you mean koniq10k?)"
    assert taken.what.startswith("ingest.datasets.para has a `custom` section")
    assert unknown.stops
    assert taken.stops
