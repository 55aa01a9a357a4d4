"""What Dagster marks as stale and what DVC says has changed, in the same words: names of stages."""

import json

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from orchestration.graph import read_graph


def stale_for_dagster(pipeline, instance: dg.DagsterInstance) -> set[str]:  # type: ignore[no-untyped-def]
    """Stages whose asset is not fresh, with definitions as they are now."""
    graph = pipeline.definitions().resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    return {node.name for node in read_graph(pipeline.root) if resolver.get_status(node.key) != StaleStatus.FRESH}


def stale_for_dvc(pipeline) -> set[str]:  # type: ignore[no-untyped-def]
    """Stages that ``dvc status`` names."""
    return set(json.loads(pipeline.dvc("status", "--json")))
