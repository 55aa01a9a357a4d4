"""What the pages show of the code comes from the code: another contract, graph, class or table is another page."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from doctests import fence_examples
from generated import layers
from generated.commands import list_commands
from generated.dataflow import draw_stages, list_stages, readers
from generated.dataflow import read_stages as stages_of
from generated.settings import list_settings
from generated.tables import show_seeds, show_table

from mgiqa.pipeline import STAGES
from mgiqa.settings import Settings
from tests.documents import ROOT

CHAIN = layers.Layers(
    (("top",), ("left", "right"), ("low",), ("ground",)),
    {"top": frozenset({"left", "low"}), "left": frozenset({"low"}), "right": frozenset(), "low": frozenset()},
)
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def test_an_import_that_follows_from_two_others_is_not_drawn() -> None:
    assert CHAIN.near("top") == {"left"}
    assert CHAIN.near("left") == {"low"}


def test_the_picture_of_the_layers_has_a_box_for_each_part_and_no_line_upwards() -> None:
    drawn = layers.read_layers(ROOT)
    picture = layers.draw_layers(ROOT)
    row_of = {name: number for number, row in enumerate(drawn.rows) for name in row}
    for name in row_of:
        assert re.search(rf"[>· ]{layers.short(name)}[<· ]", picture), name
    assert all(row_of[other] > row_of[name] for name, others in drawn.imports.items() for other in others)
    assert "training imports reward" in picture
    assert "reward imports training" not in picture


def test_every_part_says_what_it_holds() -> None:
    drawn = layers.read_layers(ROOT)
    assert [name for row in drawn.rows for name in row if not layers.summary(ROOT, name)] == []


def test_every_contract_is_told() -> None:
    assert len(layers.list_contracts(ROOT).splitlines()) == len(layers.contracts(ROOT)) - 1


def test_what_train_reads_and_writes_is_told_as_dvc_has_it() -> None:
    text = list_stages(ROOT).partition("### train")[2].partition("### ")[0]
    for name in [*DVC["train"]["deps"], *DVC["train"]["outs"]]:
        assert name in text


def test_every_result_has_a_lane_to_each_stage_that_reads_it() -> None:
    picture = draw_stages(ROOT)
    drawn = set(re.findall(r"<title>(\w+) reads ([\w/]+)</title>", picture))
    stages = stages_of(ROOT)
    assert [stage.name for stage in stages] == list(STAGES)
    assert drawn == {(stages[at].name, stage.writes) for stage in stages for at in readers(stages, stage.writes)}
    assert {("train", "data/models/warmup"), ("normalize", "data/validated/NAME")} <= drawn
    assert ("train", "data/raw/NAME") not in drawn


def test_another_graph_is_another_picture(tmp_path: Path) -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    before = "      - data/normalized\n      - data/models/warmup\n"
    assert before in text
    (tmp_path / "dvc.yaml").write_text(text.replace(before, "      - data/normalized\n"), encoding="utf-8")
    assert "train reads data/models/warmup" in draw_stages(ROOT)
    assert "train reads data/models/warmup" not in draw_stages(tmp_path)


def test_every_setting_stands_in_the_reference_with_its_default() -> None:
    text = list_settings(ROOT)
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if name != "seed":
            assert f"\n## {field.alias or name}\n" in text
            part = text.partition(f"\n## {field.alias or name}\n")[2]
            assert all(
                f"| `{inner.alias or key}` |" in part or f".{key}" in part
                for key, inner in section.model_fields.items()
            )
    assert (
        "| `kl` | number ≥ 0 | `0.02` | `0.02` | Weight of the divergence from the reference policy (beta). |" in text
    )
    assert "`ddp`" in text.partition("| `engine` |")[2].partition("\n")[0]


def test_what_params_says_is_shown_beside_the_default(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    (tmp_path / "params.yaml").write_text("train: {kl: 0.7}\n")
    assert "| `kl` | number ≥ 0 | `0.02` | `0.7` |" in list_settings(tmp_path)


def test_every_verb_is_in_the_reference() -> None:
    headings = re.findall(r"^##+ `mgiqa (.+)`$", list_commands(ROOT), re.MULTILINE)
    assert {*STAGES, "score", "doctor", "datasets inspect", "preset use"} <= set(headings)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "docs" / "results"
    folder.mkdir(parents=True)
    (folder / "plain.csv").write_text('a,b\n1,"x, y"\n')
    (folder / "arms.csv").write_text("seed,role,with,without\n0,old,.500,.400\n1,new,.700,.600\n2,new,.600,.700\n")
    return tmp_path


def test_a_table_stands_as_it_is(tables: Path) -> None:
    assert show_table(tables, "plain") == "| a | b |\n| --- | --- |\n| 1 | x, y |"


def test_differences_over_seeds_are_computed_from_the_rows(tables: Path) -> None:
    lines = show_seeds(tables, "arms").splitlines()
    assert lines[2] == "| 0 | .500 | .400 | +.100 |"
    # two seeds of +.1 and -.1: mean 0, deviation .1414, and Student's quantile for one degree of freedom is 12.706
    assert lines[-1] == "| mean of 1, 2: new | | | +.000 [-1.271, +1.271] |"


def test_the_results_page_says_what_its_table_gives() -> None:
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    mean = show_seeds(ROOT, "attributes").splitlines()[-1].rpartition("| | | ")[2].removesuffix(" |")
    assert f"say {mean}" in page


def test_an_example_of_a_docstring_is_code_and_what_stands_around_it_is_not() -> None:
    text = "A sum.\n\n    >>> [1.0] + [2.0]\n    [1.0, 2.0]\n\nNot [1.0, 2.0]."
    assert fence_examples(text) == (
        "A sum.\n\n    ```pycon\n    >>> [1.0] + [2.0]\n    [1.0, 2.0]\n    ```\n\nNot [1.0, 2.0]."
    )
