"""Agreement equals independent implementations, and what cannot be computed is defined and flagged."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mgiqa.errors import DataError
from mgiqa.metrics.agreement import FLAGS, Agreement, agreement
from mgiqa.metrics.concordance import weighted_accuracy
from mgiqa.metrics.scored_images import RESAMPLED


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores and human scores of 2 to 60 images, with ties in half of the cases and missing values in a third."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    mos = rng.normal(size=n)
    predicted = rng.normal() * mos + rng.normal(size=n)
    if seed % 2:
        mos, predicted = np.round(mos, 0), np.round(predicted, int(rng.integers(0, 2)))
    if seed % 3 == 0:
        predicted[rng.random(n) < 0.1] = np.nan
        mos[rng.random(n) < 0.05] = np.nan
    return predicted, mos


def accuracy_by_definition(x: np.ndarray, y: np.ndarray) -> float:
    order = np.sign(np.subtract.outer(x, x) * np.subtract.outer(y, y))[np.triu_indices(len(x), 1)]
    told = np.subtract.outer(y, y)[np.triu_indices(len(x), 1)] != 0
    return float(np.mean((1 + order[told]) / 2)) if told.any() else float("nan")


def good(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    mos = rng.uniform(1, 5, n)
    return mos + 0.5 * rng.normal(size=n), mos


@pytest.mark.filterwarnings("ignore::scipy.stats.ConstantInputWarning", "ignore::RuntimeWarning")
def test_cases_with_ties_and_missing_values_equal_scipy_and_drop_no_row_in_silence() -> None:
    for seed in range(200):
        predicted, mos = random_case(seed)
        result = agreement(predicted, mos)
        scored = np.isfinite(predicted) & np.isfinite(mos)
        x, y = predicted[scored], mos[scored]
        assert (result.n, result.n_scored) == (len(mos), scored.sum())
        assert (result.missing, result.unlabelled) == (np.isnan(predicted).sum(), np.isnan(mos).sum())
        assert ("missing_predictions" in result.flags) == (result.missing > 0)
        expected = [np.nan] * 5
        if len(x) >= 2:
            expected = [
                stats.spearmanr(x, y)[0],
                stats.kendalltau(x, y)[0],
                stats.pearsonr(x, y)[0],
                np.sqrt(np.mean((x - y) ** 2)),
                accuracy_by_definition(x, y),
            ]
        found = [result.srcc, result.krcc, result.plcc, result.rmse_raw, result.pairwise_accuracy]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12, err_msg=f"seed {seed}")
        assert np.isnan(result.plcc) or result.plcc_logistic4 >= abs(result.plcc) - 1e-9


class OnlyArrays(pickle.Unpickler):
    """Builds numpy arrays and numbers, and nothing else."""

    def find_class(self, module: str, name: str) -> Callable[..., object]:
        allowed = {
            ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
            ("numpy.core.multiarray", "scalar"): np._core.multiarray.scalar,  # type: ignore[attr-defined]
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
        }
        return allowed[module, name]


def stored_predictions(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        assert version == (1, 0)
        np.lib.format.read_array_header_1_0(stream)
        return OnlyArrays(stream, encoding="latin1").load().item()


def test_published_figures_come_out_of_published_predictions(real_data: Path) -> None:
    """LinearityIQA stores its predictions; the table holds what it published and what others recomputed."""
    folder = real_data / "predictions" / "linearityiqa"
    expected = pd.read_csv(folder / "expected.csv")
    assert len(expected) == 6
    for row in expected.itertuples():
        stored = stored_predictions(folder / row.file)
        found = agreement(np.ravel(stored["pq"]), np.ravel(stored["sq"]))
        assert found.n == found.n_scored == row.n
        figures = [found.srcc, found.plcc, found.krcc, found.rmse_raw]
        np.testing.assert_allclose(
            figures, [row.recomputed_SROCC, row.recomputed_PLCC, row.KROCC, row.stored_RMSE], rtol=0, atol=1e-6
        )
        np.testing.assert_allclose(figures[:2], [row.stored_SROCC, row.stored_PLCC], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("file", "srcc", "plcc"),
    [("KonIQ-10k-Norm-in-Norm.npy", 0.937059, 0.946540), ("CLIVE-Norm-in-Norm.npy", 0.834196, 0.849176)],
)
def test_the_figures_of_the_paper_come_out(real_data: Path, file: str, srcc: float, plcc: float) -> None:
    stored = stored_predictions(real_data / "predictions" / "linearityiqa" / file)
    found = agreement(np.ravel(stored["pq"]), np.ravel(stored["sq"]))
    assert (round(found.srcc, 6), round(found.plcc, 6)) == (srcc, plcc)


def test_predictions_that_hold_other_objects_are_not_unpickled(tmp_path: Path) -> None:
    array = np.empty((), dtype=object)
    array[()] = Path("/")
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(KeyError):
        stored_predictions(tmp_path / "a.npy")


def test_constant_predictions_have_no_correlation_and_say_so() -> None:
    found = agreement(np.full(20, 3.0), np.arange(20.0), resamples=50)
    assert np.isnan([found.srcc, found.krcc, found.plcc, found.plcc_logistic4, found.plcc_logistic5]).all()
    assert found.pairwise_accuracy == 0.5
    assert {"constant_prediction", "many_ties", "logistic4_fallback"} <= set(found.flags)
    assert (found.ties, found.distinct) == (1.0, 1)


def test_constant_human_scores_have_no_correlation_and_say_so() -> None:
    found = agreement(np.arange(20.0), np.full(20, 3.0))
    assert np.isnan([found.srcc, found.krcc, found.plcc, found.pairwise_accuracy]).all()
    assert "constant_mos" in found.flags


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6])
def test_tiny_sets_are_defined_and_flagged(n: int) -> None:
    found = agreement(np.arange(n) ** 2.0, np.arange(float(n)), content=["a"] * n, resamples=20)
    assert "tiny_n" in found.flags
    assert "no_interval" in found.flags
    assert found.srcc == pytest.approx(1.0) if n > 1 else np.isnan(found.srcc)
    json.dumps(found.as_dict(), allow_nan=False)


def test_nothing_but_missing_values_is_defined_and_flagged() -> None:
    found = agreement([np.nan] * 4, [1, 2, 3, np.nan], std=[1, 1, 1, 1], resamples=20)
    assert (found.n, found.n_scored, found.missing, found.unlabelled) == (4, 0, 4, 1)
    assert np.isnan(found.srcc)
    assert {"missing_predictions", "missing_mos", "tiny_n"} <= set(found.flags)


def test_infinite_predictions_count_as_missing() -> None:
    predicted, mos = good()
    predicted[:2] = np.inf, -np.inf
    found = agreement(predicted, mos)
    assert (found.missing, found.n_scored) == (2, 58)
    assert found.srcc == agreement(predicted[2:], mos[2:]).srcc


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e150])
def test_extreme_scales_do_not_break(scale: float) -> None:
    predicted, mos = good()
    found, usual = agreement(predicted * scale, mos), agreement(predicted, mos)
    for name in ("srcc", "krcc", "plcc", "plcc_logistic4", "plcc_logistic5", "rmse"):
        assert getattr(found, name) == pytest.approx(getattr(usual, name), abs=1e-5), name


def test_a_score_that_runs_the_wrong_way_is_flagged() -> None:
    predicted, mos = good()
    found = agreement(-predicted, mos)
    assert found.srcc < 0 < found.plcc_logistic4
    assert "logistic4_decreasing" in found.flags


def test_rater_noise_gives_weighted_accuracy_and_outliers() -> None:
    predicted, mos = good()
    std = np.random.default_rng(1).uniform(0.2, 0.9, 60)
    found = agreement(predicted, mos, std=std)
    assert found.pairwise_accuracy_weighted == weighted_accuracy(predicted, mos, std)
    assert found.pairwise_accuracy_weighted > found.pairwise_accuracy
    assert agreement(predicted, mos, std=np.zeros(60)).outlier_ratio == 1.0
    assert agreement(predicted, mos, std=np.full(60, 9.0)).outlier_ratio == 0.0
    assert np.isnan(agreement(predicted, mos).outlier_ratio)
    std[0] = np.nan
    assert "missing_std" in agreement(predicted, mos, std=std).flags


def test_figures_within_contents_are_means_over_contents_that_can_be_ranked() -> None:
    mos = np.array([1.0, 2, 3, 1, 2, 3, 5, 5, 4])
    predicted = np.array([1.0, 2, 3, 3, 2, 1, 1, 2, 9])
    found = agreement(predicted, mos, content=["a"] * 3 + ["b"] * 3 + ["c"] * 2 + ["d"])
    assert found.srcc_within == 0.0
    assert found.pairwise_accuracy_within == 0.5
    assert found.contents_within == 2
    assert agreement(predicted, mos).contents_within == 0


def test_the_interval_inside_contents_is_that_of_a_mean_over_contents() -> None:
    rng = np.random.default_rng(4)
    contents = np.repeat(np.arange(200), 6)
    mos = rng.normal(size=1200)
    predicted = mos + rng.normal(size=1200)
    found = agreement(predicted, mos, content=contents, resamples=1000)
    each = [stats.spearmanr(predicted[contents == name], mos[contents == name]).statistic for name in range(200)]
    half = 1.96 * np.std(each, ddof=1) / np.sqrt(200)
    assert found.srcc_within == pytest.approx(np.mean(each))
    assert found.intervals["srcc_within"] == pytest.approx((np.mean(each) - half, np.mean(each) + half), abs=0.2 * half)
    assert "srcc_within" not in agreement(predicted, mos, resamples=100).intervals


def test_intervals_hold_the_figure_and_narrow_with_more_images() -> None:
    small, large = agreement(*good(50), resamples=300), agreement(*good(2000), resamples=300)
    for name in RESAMPLED:
        low, high = small.intervals[name]
        assert low <= getattr(small, name) <= high
        assert large.intervals[name][1] - large.intervals[name][0] < high - low


def test_images_of_one_content_widen_the_interval() -> None:
    rng = np.random.default_rng(3)
    effect = np.repeat(rng.normal(size=20), 10)
    mos = effect + 0.1 * rng.normal(size=200)
    predicted = mos + np.repeat(rng.normal(size=20), 10)
    alone = agreement(predicted, mos, resamples=300).intervals["srcc"]
    together = agreement(predicted, mos, content=np.repeat(np.arange(20), 10), resamples=300).intervals["srcc"]
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


def test_the_same_seed_gives_the_same_result_and_another_seed_other_intervals() -> None:
    first = agreement(*good(), resamples=100, seed=1)
    assert first.intervals == agreement(*good(), resamples=100, seed=1).intervals
    assert first.intervals != agreement(*good(), resamples=100, seed=2).intervals


def test_images_without_a_content_id_count_alone_and_are_flagged() -> None:
    predicted, mos = good()
    found = agreement(predicted, mos, content=[None, "", float("nan"), *["a"] * 57])
    assert found.contents == 4
    assert "missing_content" in found.flags


def test_every_flag_has_a_sentence_and_every_figure_goes_to_json() -> None:
    found = agreement(*good(8), resamples=20)
    assert set(found.flags) <= set(FLAGS)
    content = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert set(content) == set(Agreement.__dataclass_fields__)
    assert content["outlier_ratio"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mos": [1, 2]}, "3 predictions came with 2 human scores. Give one per image."),
        ({"mos": [1, 2, 3], "std": [1]}, "3 predictions came with 1 standard deviations. Give one per image."),
        ({"mos": [1, 2, 3], "std": [1, -1, 1]}, "the standard deviation of row 2 is -1. It cannot be negative."),
        ({"mos": [1, 2, 3], "content": ["a"]}, "3 predictions came with 1 contents. Give one per image."),
        ({"predicted": [[1, 2, 3]], "mos": [1, 2, 3]}, "predictions have 2 axes. Give one number per image."),
    ],
)
def test_arguments_that_do_not_fit_end_in_one_sentence(arguments: dict, said: str) -> None:
    with pytest.raises(DataError) as refused:
        agreement(**{"predicted": [1, 2, 3], **arguments})
    assert str(refused.value) == said


def test_none_is_a_missing_value_like_nan() -> None:
    none, nan = [1.0, None, 3.0, 2.5, 4.0], [1.0, np.nan, 3.0, 2.5, 4.0]
    found, wanted = (agreement(values, values[::-1], std=values) for values in (none, nan))
    assert found.as_dict() == wanted.as_dict()
    assert agreement(none, none[::-1]).missing == 1


def test_a_standard_deviation_of_zero_is_none_that_is_negative() -> None:
    assert agreement([1, 2, 3], [1, 2, 3], std=[0, 0.5, 1]).n_scored == 3
