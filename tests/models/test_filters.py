import numpy as np
import pytest

from mgiqa.models.filters import cosine_filters, whitened


def test_filters_have_norm_one_and_the_luma_ones_are_orthogonal():
    filters = cosine_filters(14, 96)
    flat = filters.reshape(96, -1)
    products = flat @ flat.T
    np.testing.assert_allclose(np.diag(products), 1)
    luma = products[16:, 16:]
    np.testing.assert_allclose(luma, np.eye(len(luma)), atol=1e-12)


def test_chroma_filters_do_not_respond_to_gray():
    gray = np.random.default_rng(0).normal(size=(1, 14, 14)).repeat(3, axis=0)
    responses = np.tensordot(cosine_filters(14, 16), gray, axes=3)
    np.testing.assert_allclose(responses, 0, atol=0.02)


def test_whitened_filters_respond_with_standard_deviation_one():
    rng = np.random.default_rng(0)
    patches = rng.normal(size=(500, 3, 14, 14)) * rng.uniform(0.1, 5, (500, 1, 1, 1))
    filters = whitened(cosine_filters(14, 40), patches)
    responses = patches.reshape(500, -1) @ filters.reshape(40, -1).T
    np.testing.assert_allclose(responses.std(axis=0), 1)


def test_more_filters_than_the_basis_has_are_refused():
    with pytest.raises(ValueError, match="1000 filters asked"):
        cosine_filters(14, 1000)
