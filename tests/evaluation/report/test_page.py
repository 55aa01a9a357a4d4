"""Laws of the report: it says what the figures say, warns where it must, and needs nothing but itself."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mgiqa.attributes import BY_KEY, KEYS
from mgiqa.errors import MissingInput
from mgiqa.evaluation.drawing import MARKS, ROLE_OF
from mgiqa.evaluation.report.curves import attribute_curves, single_curves
from mgiqa.evaluation.report.evidence import Evidence, gather
from mgiqa.evaluation.report.literature import published_tables
from mgiqa.evaluation.report.page import ReportPage, compose
from mgiqa.evaluation.results.files import PREDICTIONS
from mgiqa.workspace import Workspace
from tests.bench import TITLES, write_bench


def evidence_of(workspace: Workspace) -> Evidence:
    validated = {name: workspace.validated(name) for name in TITLES}
    return gather(workspace.root, workspace.evaluation, workspace.normalized, validated, workspace.model("policy"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return write_bench(Workspace(tmp_path_factory.mktemp("bench")))


@pytest.fixture(scope="module")
def evidence(workspace: Workspace) -> Evidence:
    return evidence_of(workspace)


@pytest.fixture(scope="module")
def report(evidence: Evidence) -> ReportPage:
    return compose(evidence, 6)


class Cells(HTMLParser):
    """The cells of the table with an id, row by row."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table, self.inside, self.rows = table, False, []  # type: ignore[var-annotated]
        self.open = False

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.inside = dict(attrs).get("id") == self.table
        elif self.inside and tag == "tr":
            self.rows.append([])
        elif self.inside and tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag):
        self.open = self.open and tag not in ("td", "th")
        self.inside = self.inside and tag != "table"

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


def cells(html: str, table: str) -> list[list[str]]:
    parser = Cells(table)
    parser.feed(html)
    return parser.rows


def test_the_headline_table_says_what_the_figures_say(workspace, report):
    headline = json.loads((workspace.evaluation / "headline.json").read_text())
    header, *rows = cells(report.html, "headline")
    assert header[1:] == ["Base", "Warm-up", "Policy", "Policy lesswarm-up"]
    gains = json.loads((workspace.evaluation / "gain.json").read_text())
    for label, key in (("Overall, direct", "overall"), ("Overall, pooled", "pooled"), ("Noise", "noise")):
        (shown,) = [row[1:] for row in rows if row[0] == label]
        assert shown[0] == "–"
        assert [float(cell) for cell in shown[1:3]] == [
            pytest.approx(headline[model]["srcc"][key], abs=5e-4) for model in ("warmup", "policy")
        ]
        found = [float(number.replace("\u2212", "-")) for number in re.findall(r"[+\u2212][\d.]+", shown[3])]
        assert found == pytest.approx([gains[key]["difference"], *gains[key]["interval"]], abs=5e-4)
    read = next(row for row in rows if row[0] == "Answers read")
    assert [cell.replace("\u202f", " ") for cell in read[1:4]] == ["0.0 %", "100.0 %", "96.7 %"]


def test_means_over_datasets_are_said_in_three_ways(workspace, report):
    own = json.loads((workspace.evaluation / "metrics.json").read_text())["policy"]
    rows = [own[name]["overall"] for name in TITLES]
    ranks, sizes = [row["srcc"] for row in rows], [row["n_scored"] for row in rows]
    weights = np.array(sizes) - 3
    fisher = np.tanh((np.arctanh(ranks) * weights).sum() / weights.sum())
    said = re.search(
        r"Mean SRCC of the datasets: <b>(.+?)</b> .+?, (\S+) weighted by number of images,\s+(\S+) averaged",
        report.html,
    )
    assert said
    expected = (np.mean(ranks), np.average(ranks, weights=sizes), fisher)
    assert [float(value) for value in said.groups()] == pytest.approx(expected, abs=6e-4)


def test_what_is_zero_shot_is_told_from_what_is_in_domain(evidence, report):
    assert "zero-shot" not in report.html + report.markdown, "both sets were learned from"
    test_only = evidence.manifest["dataset"] != "spaq"
    part = evidence.manifest[test_only | (evidence.manifest["split"] == "test")]
    page = compose(replace(evidence, manifest=part), 0)
    assert "Nothing was learned from SPAQ: these figures are zero-shot." in page.html
    assert "Those of KADID-10k are in domain" in page.html
    assert "Zero-shot: SPAQ." in page.markdown


@pytest.mark.parametrize(("overall", "key"), [("direct", "overall"), ("pooled", "pooled")])
def test_all_models_are_read_as_the_policy_is_in_use_and_the_page_says_how(tmp_path, overall, key):
    bench = write_bench(Workspace(tmp_path))
    path = bench.evaluation / PREDICTIONS
    answers = pd.read_parquet(path)
    answers.assign(overall=np.where(answers["model"] == "policy", overall, "direct")).to_parquet(path, index=False)
    evidence, headline = evidence_of(bench), json.loads((bench.evaluation / "headline.json").read_text())
    page = compose(evidence, 3)
    figures = [f"{headline[model]['srcc'][key]:.3f}" for model in ("policy", "warmup")]
    assert f"reach SRCC {figures[0]} with human scores" in page.html
    assert f"those of the warm-up, read alike, reach {figures[1]}. A score is that of one answer" in page.html
    assert f"The overall score of the policy (overall, {'pooled' if key == 'pooled' else 'direct'})" in page.html
    for model in ("warmup", "policy"):
        expected = answers[answers["model"] == model].set_index("image_id")[f"score_{key}"]
        shown = evidence.of(model).set_index("image_id")["score_overall"]
        pd.testing.assert_series_equal(shown, expected, check_names=False)


def test_the_number_of_answers_stands_beside_the_figures(tmp_path):
    page = compose(evidence_of(write_bench(Workspace(tmp_path), answers=3)), 3)
    for text in (page.html, page.markdown):
        assert "A score is the mean of 3 answers" in text
    assert "mean of 3 drawn at temperature 1" in page.html


def test_attributes_that_nobody_labels_have_a_dash(report):
    composition = next(row for row in cells(report.html, "headline") if row[0] == "Composition")
    assert composition[1:] == ["–", "–", "–", "–"]


def test_the_page_needs_nothing_but_itself(report):
    without_links = re.sub(r"<a\s[^>]*>", "", report.html)
    addresses = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", without_links)
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "<script" not in report.html
    assert "@import" not in report.html


def test_the_same_evidence_gives_the_same_bytes(evidence, report):
    again = compose(evidence, 6)
    assert again.html == report.html
    assert again.markdown == report.markdown
    assert [chart.png for chart in again.charts] == [chart.png for chart in report.charts]


def test_every_chart_is_in_the_page_and_has_a_file(report):
    assert len(report.charts) == 2 + 3 + 2
    for chart in report.charts:
        assert f'id="{chart.name}"' in report.html
        assert chart.png.startswith(b"\x89PNG")


def test_no_identifier_is_used_twice(report):
    names = re.findall(r'\sid="([^"]+)"', report.html)
    assert len(names) == len(set(names))


def test_charts_take_the_colors_of_the_page(report):
    assert "var(--accent)" in report.charts[0].svg
    assert "#0f6e84" not in report.charts[0].svg


def test_simulated_raters_are_called_so(report):
    assert "raters are simulated" in report.html
    assert "raters are simulated" in report.markdown


def test_real_raters_are_not(evidence):
    real = {name: {**facts, "source": "/data/spaq"} for name, facts in evidence.sources.items()}
    assert "simulated" not in compose(replace(evidence, sources=real), 0).html


def test_no_published_figure_stands_beside_the_sample(report):
    assert "no published figure is comparable" in report.html


def test_a_published_figure_of_other_images_is_shown_with_the_reason(evidence):
    real = {name: {**facts, "source": "/data/spaq"} for name, facts in evidence.sources.items()}
    page = compose(replace(evidence, sources=real), 0).html
    assert "none of them comparable with ours" in page
    assert "ours follows no named protocol" in page


def test_a_set_that_is_judged_inside_contents_says_so(evidence):
    own = evidence.metrics["policy"]["kadid10k"]["overall"]
    assert own["srcc_within"] != own["srcc"]
    inside = {"overall": own | {"judged_by": "srcc_within"}}
    page = compose(
        replace(evidence, metrics=evidence.metrics | {"policy": evidence.metrics["policy"] | {"kadid10k": inside}}), 0
    )
    assert "Scores of KADID-10k compare only there" in page.html
    (line,) = [line for line in page.markdown.splitlines() if line.startswith("| KADID-10k ")]
    assert f"{own['srcc_within']:.3f} (inside contents)" in line


def test_a_mean_inside_contents_does_not_stand_beside_a_published_figure(evidence):
    training = pd.DataFrame({"dataset": ["kadid10k"] * 6125, "split": "train"})
    own = {**evidence.metrics["policy"]["kadid10k"]["overall"], "n_scored": 1100, "n": 1100}
    for judged_by, comparable in (("srcc_within", False), ("srcc", True)):
        (table,) = published_tables(
            replace(
                evidence,
                manifest=training,
                images=evidence.images.assign(dataset="sriqa_bench"),
                metrics={"policy": {"sriqa_bench": {"overall": own | {"judged_by": judged_by}}}},
                sources={"sriqa_bench": {"dataset": "SRIQA-Bench", "source": "/data"}},
            )
        )
        assert table["ours"] == own[judged_by]
        assert bool(table["beside"]) == comparable
        assert any("Ours is the mean SRCC inside contents" in row["reason"] for row in table["rows"]) != comparable


def test_attributes_that_copy_the_overall_score_show_as_equal_to_it(tmp_path, report):
    copied = compose(evidence_of(write_bench(Workspace(tmp_path), copying=True)), 0)
    assert {row[-1] for row in cells(copied.html, "validity")[1:] if len(row) > 1} == {"100\u202f%"}
    assert "100\u202f%" not in {row[-1] for row in cells(report.html, "validity")[1:]}


def test_what_stands_beside_the_attributes_is_called_the_direct_overall_score(tmp_path):
    bench = write_bench(Workspace(tmp_path), pooled=True)
    page = compose(evidence_of(bench), 3)
    header = cells(page.html, "validity")[0]
    assert {"Of the model’soverall, direct", "Equal to itsoverall, direct"} <= set(header)
    assert "beside its overall score (direct)" in page.markdown
    assert "<dt>Overall, pooled</dt>" in page.html, "a case of the gallery"


def test_every_overall_curve_and_table_says_how_it_is_read(tmp_path):
    for answers, pooled, reading in ((2, True, "pooled"), (2, False, "direct")):
        folder = tmp_path / reading
        page = compose(evidence_of(write_bench(Workspace(folder), answers=answers, pooled=pooled)), 0)
        assert cells(page.html, "calibration")[-1][0] == f"Overall, {reading}"
        (curve,) = [chart.svg for chart in page.charts if chart.name == "training-srcc-on-validation-images"]
        assert f"● Overall, {reading}" in curve


def test_saturation_stands_beside_that_of_the_raters(evidence, report):
    rows = {row[0]: row[1:] for row in cells(report.html, "saturation")[2:]}
    for name, title in TITLES.items():
        models = [evidence.of(model, name) for model in ("warmup", "policy")]
        columns = [models[1]["mos_overall"], *(rows["score_overall"] for rows in models)]
        ends = [((column <= 1.25) | (column >= 4.75)).sum() / column.notna().sum() for column in columns]
        shown = [float(cell.replace("\u202f%", "")) for cell in rows[title]]
        assert shown == pytest.approx([*(column.std() for column in columns), *(100 * end for end in ends)], abs=0.06)
    assert any(float(cell[:-2]) > 0 for row in rows.values() for cell in row[3:])


def test_each_attribute_has_its_own_color_and_mark_in_a_chart_of_all(report):
    (svg,) = [chart.svg for chart in report.charts if chart.name == "training-reward-per-attribute"]
    for key in KEYS:
        assert f"var(--{ROLE_OF[key]})" in svg
        assert f"{MARKS[key][1]} {BY_KEY[key].label}" in svg


def test_an_axis_says_how_high_it_can_be(evidence):
    columns = {"distinct/overall": 9.0, "length": 40.0}
    drawn = {
        told: {chart.name: chart.svg for chart in (*attribute_curves(known), *single_curves(known))}
        for told, known in (
            (True, replace(evidence, history=evidence.history.assign(**columns))),
            (False, replace(evidence, history=evidence.history.assign(**columns), training={})),
        )
    }
    for name, highest, in_words in (
        ("srcc-on-validation-images", "at most 1", "at most 1"),
        ("reward-per-attribute", "at most 1", "at most 1"),
        ("reward-format-included", "at most 1.5", "at most 1 and the format’s weight"),
        ("different-values-in-a-batch", "at most 256", "at most one per answer"),
        ("length-of-answers", "tokens, at most 64", "tokens, at most train.max_tokens"),
    ):
        assert f">{highest}<" in drawn[True][f"training-{name}"], name
        assert f">{in_words}<" in drawn[False][f"training-{name}"], name


def test_a_copy_of_the_page_says_where_data_docs_lie(report):
    links = re.findall(r'href="(\.\./validated/[^"]+)"', report.html)
    assert len(links) == len(TITLES)
    assert links[0].replace("../", "data/") in re.sub("<[^>]+>", "", report.html)


def test_no_caption_speaks_of_what_is_dark(report):
    said = re.sub(r"<style>.*?</style>", "", report.html, flags=re.DOTALL)
    assert re.findall(r"[^.]*\b(?:dark|darker|light|lighter|black|white)\b[^.]*\.", said) == []


def test_the_failed_answer_is_shown_with_its_reason(report):
    assert "not closed" in report.html
    assert "Not readable" in report.html


def test_several_answers_bring_a_section_on_certainty(tmp_path, report):
    several = compose(evidence_of(write_bench(Workspace(tmp_path), answers=3)), 3)
    labels = [row[0] for row in cells(several.html, "calibration")[1:]]
    assert labels == ["Sharpness", "Color fidelity", "Noise", "Overall, direct"]
    assert "certainty" not in report.html


def test_without_a_training_history_the_rest_is_there(evidence):
    page = compose(replace(evidence, history=pd.DataFrame(), validation_scores=pd.DataFrame()), 0).html
    assert 'id="training"' not in page
    assert 'id="result"' in page


def test_what_a_model_writes_cannot_become_part_of_the_page(tmp_path):
    workspace = write_bench(Workspace(tmp_path))
    path = workspace.evaluation / PREDICTIONS
    table = pd.read_parquet(path)
    table["text"] = table["text"].str.replace("the color is judged", "<img src=x onerror=alert(1)>")
    table.loc[table["failure"].notna(), "text"] = "<script>alert(1)</script>"
    table.to_parquet(path, index=False)
    page = compose(evidence_of(workspace), 6).html
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_the_short_text_holds_the_same_headline(report):
    for row in cells(report.html, "headline")[1:7]:
        assert f"| {row[0]} | {' | '.join(row[1:4])} |" in report.markdown


def test_a_missing_file_names_the_stage_that_makes_it(workspace, tmp_path):
    with pytest.raises(MissingInput, match="dvc repro evaluate"):
        gather(Path(), tmp_path, workspace.normalized, {}, workspace.model("policy"))
