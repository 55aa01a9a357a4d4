"""Expectations that Great Expectations does not ship: that images decode, and that splits do not leak.

Importing this file loads Great Expectations, which takes seconds; only validation does.
"""

from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation, ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType

from mgiqa.datasets.split.assignment import leaking_rows
from mgiqa.errors import ImageError
from mgiqa.images.bounds import Bounds
from mgiqa.images.opening import check_image
from mgiqa.parallel import in_parallel
from mgiqa.progress import watched


def image_fault(file: str, max_pixels: int) -> str | None:
    """What is wrong with an image, in one sentence; ``None`` if it opens."""
    try:
        check_image(Path(file), Bounds(pixels=max_pixels))
    except ImageError as error:
        return str(error)
    return None


class ImagesDecode(ColumnMapMetricProvider):
    """Whether the file of each row is an image within the limits, all its pixels decoded."""

    condition_metric_name = "column_values.image_decodes"
    condition_value_keys = ("max_pixels",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, max_pixels: int, **_: Any) -> pd.Series:  # noqa: N805
        faults = in_parallel(lambda file: image_fault(file, max_pixels), column)
        good = [fault is None for fault in watched(faults, "validate: decoding images", len(column))]
        return pd.Series(good, index=column.index, dtype=bool)


class ExpectColumnValuesToBeImagesThatDecode(ColumnMapExpectation):
    """Expects every path in the column to be an image that can be opened."""

    max_pixels: int
    map_metric: ClassVar[str] = "column_values.image_decodes"
    success_keys: ClassVar[tuple[str, ...]] = ("max_pixels", "mostly")

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        """What Data Docs say of it."""
        renderer_configuration.add_param(name="column", param_type=RendererValueType.STRING)
        renderer_configuration.add_param(name="max_pixels", param_type=RendererValueType.NUMBER)
        renderer_configuration.template_str = "$column values must be images of at most $max_pixels pixels that decode."
        return renderer_configuration


class SplitLeaks(TableMetricProvider):
    """Positions of the rows whose value in a column also occurs in a split that matters more."""

    metric_name = "table.split_leaks"
    value_keys = ("column",)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[int]:
        table, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type="table")
        return leaking_rows(table, metric_value_kwargs["column"])


class ExpectColumnValuesToStayInOneSplit(BatchExpectation):
    """Expects no value of the column to occur in two splits."""

    column: str
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.split_leaks",)
    success_keys: ClassVar[tuple[str, ...]] = ("column",)

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        """What Data Docs say of it."""
        renderer_configuration.add_param(name="column", param_type=RendererValueType.STRING)
        renderer_configuration.template_str = "$column values must not be in two splits."
        return renderer_configuration

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = metrics["table.split_leaks"]
        return {
            "success": not rows,
            "result": {"observed_value": len(rows), "unexpected_index_list": rows, "unexpected_count": len(rows)},
        }
