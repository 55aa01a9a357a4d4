"""What Great Expectations finds in a faulty dataset, and what is set aside for it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.ingest.files import measure_file
from mgiqa.datasets.ingest.records import make_records
from mgiqa.datasets.read.labels import read_labels
from mgiqa.datasets.validate.findings import Verdict
from mgiqa.datasets.validate.pages import DATA_DOCS, write_verdict
from mgiqa.datasets.validate.suite import Limits, build_suite
from mgiqa.datasets.validate.verdict import validate
from mgiqa.errors import DataError
from tests.datasets.layouts import kadid_rows, write_kadid

KADID = CATALOGUE["kadid10k"]
ROWS = 18
Fault = Callable[[pd.DataFrame, Path, int], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_kadid(tmp_path)


def records(root: Path) -> pd.DataFrame:
    labels = read_labels(KADID, root)
    taken = [
        measure_file(root, images[0]) if (root / images[0]).exists() else None for images in labels.table["images"]
    ]
    return make_records(labels, taken, Path())


def verdict(table: pd.DataFrame, root: Path, limits: Limits | None = None) -> Verdict:
    limits = limits or Limits(rows=ROWS, strict_rows=True)
    return validate(table, root, build_suite(KADID, KADID.layouts[0], limits), limits)


def test_a_faultless_dataset_is_clean(root: Path) -> None:
    result = verdict(records(root), root)
    assert (len(result.clean), len(result.quarantine)) == (ROWS, 0)
    assert [found.rule for found in result.findings if not found.passed] == []


def corrupt(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    file = root / table["path"][row]
    file.write_bytes(file.read_bytes()[:200])


def bomb(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    Image.new("1", (9000, 9000)).save(root / table["path"][row])


def stretch(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    Image.new("L", (28, 6000)).save(root / table["path"][row])


def disguise(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    Image.new("RGB", (40, 32)).save(root / table["path"][row], "EPS")


def remove(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, ["path", "sha256", "width", "height"]] = None


def exceed(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "mos_overall"] = 5.01


def unlabel(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "mos_overall"] = np.nan


def make_variance_negative(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "std_overall"] = -0.5


def put_deviation_on_another_scale(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "std_overall"] = 17.5


def shrink(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "width"] = 27


def misname_split(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "split"] = "dev"


def exceed_by_little(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "mos_overall"] = 5 + 1e-7


def fall_below(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "mos_overall"] = 1 - 1e-7


def flatten(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "height"] = 27


def forget_content(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "content"] = None


def deviate_by_more_than_votes_can(table: pd.DataFrame, root: Path, row: int = 0) -> None:
    table.loc[row, "std_overall"] = 4 / 2**0.5 + 1e-6  # two votes, 1 and 5, deviate by 4 / sqrt 2


FAULTS: list[tuple[Fault, str]] = [
    (corrupt, r"image: I01_01_01.png is damaged\. Download or unpack it again\."),
    (bomb, r"image: I01_01_02.png is refused undecoded: 9000 × 9000 pixels, the limit is 50,000,000\. .*"),
    (remove, "its image is missing"),
    (stretch, r"image: I02_01_01.png is refused undecoded: 28 × 6000 pixels, more than 200 times as long as wide\. .*"),
    (disguise, r"image: .*\.png is no image in a format that is read \(JPEG, .*\)\. Replace it\."),
    (exceed, "its quality is outside 1 to 5"),
    (unlabel, "its overall score is missing"),
    (make_variance_negative, "its deviation of quality is negative"),
    (put_deviation_on_another_scale, "its deviation of quality is on another scale"),
    (shrink, "its width is less than 28 pixels"),
    (misname_split, "its split is not train, val or test"),
    (exceed_by_little, "its quality is outside 1 to 5"),
    (fall_below, "its quality is outside 1 to 5"),
    (flatten, "its height is less than 28 pixels"),
    (forget_content, "its content is not known"),
    (deviate_by_more_than_votes_can, "its deviation of quality is on another scale"),
]


def test_every_faulty_row_is_set_aside_with_its_own_reason_and_the_others_stay(root: Path) -> None:
    table = records(root)
    for row, (fault, _) in enumerate(FAULTS):
        fault(table, root, row)
    result = verdict(table, root)
    assert result.quarantine["image_id"].tolist() == table["image_id"][: len(FAULTS)].tolist()
    for found, (_, reason) in zip(result.quarantine["reason"], FAULTS, strict=True):
        assert re.fullmatch(reason, found)
    assert len(result.clean) == ROWS - len(FAULTS)
    assert not any(found.blocks for found in result.findings)
    assert len(result.reasons()["its image does not open"]) == 4
    assert result.quarantine.index.tolist() == list(range(len(FAULTS)))
    assert result.clean.index.tolist() == list(range(ROWS - len(FAULTS)))


def test_one_row_may_have_several_reasons(root: Path) -> None:
    table = records(root)
    exceed(table, root)
    shrink(table, root)
    result = verdict(table, root)
    assert result.quarantine["reason"][0] == "its quality is outside 1 to 5; its width is less than 28 pixels"
    assert {reason: len(rows) for reason, rows in result.reasons().items()} == {
        "its quality is outside 1 to 5": 1,
        "its width is less than 28 pixels": 1,
    }


def test_rows_that_claim_the_same_id_are_all_set_aside(root: Path) -> None:
    table = records(root)
    twice = pd.concat([table, table.iloc[[0]].assign(mos_overall=2.0)], ignore_index=True)
    result = verdict(twice, root, Limits(rows=ROWS + 1))
    assert result.quarantine["image_id"].tolist() == ["kadid10k/I01_01_01.png"] * 2
    assert set(result.quarantine["reason"]) == {"its id occurs more than once"}


def test_a_variance_of_zero_is_a_warning_and_the_row_stays(root: Path) -> None:
    table = records(root)
    table.loc[0, "std_overall"] = 0.0
    result = verdict(table, root)
    assert len(result.clean) == ROWS
    (warning,) = [found for found in result.findings if not found.passed]
    assert (warning.rule, warning.severity, warning.unexpected) == ("std_overall_not_zero", "warning", 1)
    assert warning.examples == ("kadid10k/I01_01_01.png",)


def test_what_lies_on_a_limit_or_misses_it_by_rounding_is_within(root: Path) -> None:
    table = records(root)
    table.loc[:3, "mos_overall"] = [1.0, 5.0, 5.000000000000001, 0.9999999999]
    table.loc[4, "std_overall"] = 4 / 2**0.5
    table.loc[:2, ["width", "height"]] = 28
    table["split"] = ["train", "val", "test", "", "train", "val"] * 3
    table["content"] = [f"kadid10k/{row}" for row in range(ROWS)]
    result = verdict(table, root)
    assert len(result.clean) == ROWS
    assert [found.rule for found in result.findings if not found.passed] == []


def test_rows_of_another_family_block_the_dataset_and_stay(root: Path) -> None:
    table = records(root)
    table.loc[2, "family"] = "generated"
    result = verdict(table, root)
    assert len(result.clean) == ROWS
    (found,) = [found for found in result.findings if found.blocks]
    assert (found.rule, found.column, found.unexpected) == ("family", "family", 1)
    assert found.examples == (table["image_id"][2],)


def test_a_finding_counts_all_rows_that_break_it_and_names_the_first_twenty(tmp_path: Path) -> None:
    root = write_kadid(tmp_path, kadid_rows(5, 5))
    table = records(root).assign(mos_overall=np.nan).iloc[::-1]
    result = verdict(table, root, Limits(rows=25, images=False))
    found = {one.rule: one for one in result.findings}
    assert list(found) == sorted(found)
    missing = found["overall_labelled"]
    assert missing.examples == tuple(table["image_id"][:20])
    assert (missing.expectation, missing.column) == ("expect_column_values_to_not_be_null", "mos_overall")
    assert (missing.severity, missing.about_rows, missing.passed, missing.unexpected) == ("critical", True, False, 25)
    counted = found["row_count"]
    assert (counted.severity, counted.about_rows, counted.passed) == ("warning", False, True)
    assert (counted.column, counted.unexpected, counted.observed, counted.examples) == ("", 0, "25", ())
    assert result.quarantine["image_id"].tolist() == table["image_id"].tolist()
    assert len(result.clean) == 0


@pytest.mark.parametrize("column", ["family", "split"])
def test_what_cannot_be_computed_is_no_verdict_but_one_sentence(root: Path, column: str) -> None:
    with pytest.raises(DataError) as refused:
        verdict(records(root).drop(columns=column), root, Limits(images=False))
    said = str(refused.value)
    assert re.fullmatch(rf"expectation \w+ could not be computed: .*\b{column}\b.* Ingest the dataset again\.", said)


def test_scores_beside_the_attributes_belong_to_the_table(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(
        "name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align\na_000.jpg,p,,,,2.5,0.5,5.01,0.5\n"
    )
    entry, limits = CATALOGUE["agiqa3k"], Limits(images=False)
    table = make_records(read_labels(entry, tmp_path), [None], Path())
    assert "extra_alignment" in table
    suite = build_suite(entry, entry.layouts[0], limits)
    result = validate(table, tmp_path, suite, limits)
    assert [found.rule for found in result.findings if not found.passed] == ["extra_alignment_in_range"]
    assert result.quarantine["reason"].tolist() == ["its alignment is outside 0 to 5"]


def test_a_wrong_number_of_rows_blocks_the_sample_and_warns_of_a_download(root: Path) -> None:
    table = records(root)
    assert [
        found.rule for found in verdict(table, root, Limits(rows=20, strict_rows=True)).findings if found.blocks
    ] == ["row_count"]
    assert not any(found.blocks for found in verdict(table, root, Limits(rows=20)).findings)


def test_a_content_in_two_splits_loses_its_training_rows(root: Path) -> None:
    table = records(root)
    table["split"] = ["train"] * 9 + ["test"] * 9
    table.loc[1, "split"] = "test"
    result = verdict(table, root)
    assert result.quarantine["image_id"].tolist() == ["kadid10k/I01_01_01.png", "kadid10k/I01_01_03.png"]
    assert set(result.quarantine["reason"]) == {"its content is also in a weightier split"}


def test_one_file_under_two_names_in_two_splits_loses_its_training_row(root: Path) -> None:
    table = records(root)
    table["split"] = ["train"] * 9 + ["test"] * 9
    table.loc[0, "sha256"] = table["sha256"][17]
    result = verdict(table, root)
    assert result.quarantine["reason"].tolist() == ["its file is also in a weightier split"]
    leak, twice = (found for found in result.findings if not found.passed)
    assert (leak.rule, twice.rule) == ("image_in_one_split", "unique_image")
    assert (leak.unexpected, leak.observed) == (1, "1")


def test_labels_alone_are_judged_without_images(root: Path) -> None:
    table = records(root)
    for row in range(ROWS):
        table.loc[row, ["path", "sha256", "width", "height"]] = None
    assert len(verdict(table, root, Limits(images=False)).clean) == ROWS


def test_a_table_with_a_foreign_column_is_blocked_as_a_whole(root: Path) -> None:
    result = verdict(records(root).assign(surprise=1), root)
    assert [found.rule for found in result.findings if found.blocks] == ["columns"]


def test_the_written_verdict_is_the_same_every_time_and_readable(root: Path, tmp_path: Path) -> None:
    table = records(root)
    corrupt(table, root)
    for name in ("first", "second"):
        shutil.copytree(root / "images", tmp_path / name / "images")  # so that where the images lie stands nowhere
        (tmp_path / name / "out").mkdir()
        write_verdict(verdict(table, tmp_path / name), KADID.title, tmp_path / name / "out")
    for file in ("expectations.json", "expectations.md", DATA_DOCS):
        assert (tmp_path / "first" / "out" / file).read_bytes() == (tmp_path / "second" / "out" / file).read_bytes()
    page = (tmp_path / "first" / "out" / "expectations.md").read_text()
    assert "18 rows: 17 clean, 1 in quarantine." in page
    assert "| 1 | its image does not open |" in page
    assert "| rows set aside | image_decodes | file | 1 | kadid10k/I01_01_01.png |" in page


def test_each_finding_says_in_the_words_of_great_expectations_what_it_expects_and_what_stands_there(root: Path) -> None:
    table = records(root)
    corrupt(table, root)
    exceed(table, root, 3)
    found = {finding.rule: finding for finding in verdict(table, root).findings}
    assert found["unique_id"].sentence == "image_id values must be unique."
    assert found["split"].sentence == "split values must belong to this set: (empty) train val test."
    assert found["content_in_one_split"].sentence == "content values must not be in two splits."
    assert found["image_decodes"].sentence == "file values must be images of at most 50000000 pixels that decode."
    assert found["image_decodes"].values == ("images/I01_01_01.png",)
    broken = found["mos_overall_in_range"]
    assert broken.sentence == "mos_overall values must be greater than or equal to 1 and less than or equal to 5."
    assert (broken.examples, broken.values) == (("kadid10k/I02_01_01.png",), ("5.01",))
    assert [rule for rule, finding in found.items() if "$" in finding.sentence or "kwargs" in finding.sentence] == []


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_layout_of_the_catalogue_makes_a_suite_with_one_rule_per_name(name: str) -> None:
    for layout in CATALOGUE[name].layouts:
        suite = build_suite(CATALOGUE[name], layout, Limits(rows=1))
        rules = [expectation.meta["rule"] for expectation in suite if expectation.meta]
        assert len(rules) == len(suite) == len(set(rules))
        ranges = {f"{score.mos}_in_range" for score in layout.scores}
        deviations = {f"{score.deviation}_not_negative" for score in layout.scores if score.std}
        assert ranges | deviations <= set(rules)
