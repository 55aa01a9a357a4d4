"""What ``dvc repro`` did outside Dagster, told to Dagster as if it had run there.

An event carries the versions with which Dagster itself would have recorded the run, those of its inputs included;
otherwise everything downstream would be shown as stale. An output that was deleted or altered behind DVC's back is
reported too, under a version that matches nothing, so that Dagster calls stale what ``dvc status`` calls changed.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    NULL_EVENT_POINTER,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from dvc.dependency.param import ParamsDependency
from dvc.stage import PipelineStage

from orchestration import metadata
from orchestration.graph import Node, open_repo, pipeline_stages, read_graph
from orchestration.promotion import GATE, Champion
from orchestration.versions import LOCK, Recorded, data_version, read_lock

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation
OUTSIDE = "ran outside Dagster"
UNKNOWN = "unknown"


def missed_events(root: Path, instance: dg.DagsterInstance) -> Iterator[Event]:
    """Yields what Dagster does not know yet: results recorded in ``dvc.lock``, and outputs that are no longer those.

    Args:
        root: folder of ``dvc.yaml``.
        instance: asked what it knows.
    """
    workbook = Workbook(root, {node.name: node for node in read_graph(root)}, read_lock(root))
    stages = pipeline_stages(open_repo(root))
    for name in workbook.nodes.keys() & workbook.lock.keys():
        yield from workbook.missed(name, stages[name], _known_tags(instance, workbook.nodes[name].key))


def missed_champion(root: Path, instance: dg.DagsterInstance, holder: Champion) -> Iterator[Event]:
    """Yields who is champion, if Dagster knows another: a promotion, a roll-back or an alias moved by hand.

    Args:
        root: folder of ``params.yaml``, which says where MLflow is.
        instance: asked what it knows.
        holder: the champion of the registry.
    """
    champion, candidate = dg.AssetKey("champion"), dg.AssetKey("registered_model")
    if _known_tags(instance, champion).get(DATA_VERSION_TAG) == holder.state:
        return
    tags = {
        DATA_VERSION_TAG: holder.state,
        get_input_data_version_tag(candidate): _known_tags(instance, candidate).get(DATA_VERSION_TAG, UNKNOWN),
        get_input_event_pointer_tag(candidate): NULL_EVENT_POINTER,
    }
    shown = metadata.describe_decision({"champion": holder.version, **holder.facts}, root)
    yield dg.AssetMaterialization(champion, f"Version {holder.version}: found in the registry.", shown, tags=tags)
    yield dg.AssetCheckEvaluation(
        asset_key=champion,
        check_name=GATE,
        passed=holder.gated,
        severity=dg.AssetCheckSeverity.WARN,
        description=holder.facts.get("doubt") or holder.facts.get("reasons"),
        metadata={},
    )


def fingerprint(root: Path, last_run: str) -> str:
    """Changes whenever there may be something to report; cheap enough to ask every few seconds.

    Args:
        root: folder of ``dvc.yaml``.
        last_run: identifier of the latest run in Dagster.
    """
    outputs = [root / output for recorded in read_lock(root).values() for output in recorded.outputs]
    times = [path.stat().st_mtime_ns if path.exists() else 0 for path in (root / LOCK, *outputs)]
    return hashlib.sha256(repr((last_run, times)).encode()).hexdigest()


@dataclass(frozen=True)
class Workbook:
    """The graph beside what was recorded of it.

    Attributes:
        root: folder of ``dvc.yaml``.
        nodes: name → stage as it is now.
        lock: name → stage as it was recorded.
    """

    root: Path
    nodes: Mapping[str, Node]
    lock: Mapping[str, Recorded]

    def missed(self, name: str, stage: PipelineStage, known: Mapping[str, str]) -> Iterator[Event]:
        """Events for one stage; none if Dagster knows these very versions.

        Args:
            name: the stage.
            stage: the same for DVC, which compares its output with the recorded one.
            known: tags of the latest event in Dagster; empty if there is none.
        """
        states = sorted({state for out in stage.outs for state in out.status().values()})
        if states:
            tags = dict.fromkeys((CODE_VERSION_TAG, DATA_VERSION_TAG), f"output {', '.join(states)}")
        else:
            tags = self.tags(name, stage, known)
        if tags.items() <= known.items() or (states and not known):
            return
        if states:
            yield dg.AssetMaterialization(
                self.nodes[name].key, f"The {tags[DATA_VERSION_TAG]} outside Dagster.", tags=tags
            )
        else:
            yield from self.result(name, tags)

    def tags(self, name: str, stage: PipelineStage, known: Mapping[str, str]) -> dict[str, str]:
        """The versions with which Dagster would have recorded the run of a stage."""
        recorded, outputs = self.lock[name], [output for node in self.nodes.values() for output in node.outputs]
        tags = {CODE_VERSION_TAG: recorded.code_version(outputs), DATA_VERSION_TAG: recorded.data_version}
        inputs_current = not any(dep.status() for dep in stage.deps if not isinstance(dep, ParamsDependency))
        for up in self.nodes[name].upstream:
            tag = get_input_data_version_tag(self.nodes[up].key)
            read = {path: recorded.dependencies.get(path, "") for path in self.nodes[up].outputs}
            if all(read.values()):
                tags[tag] = data_version(read)
            elif inputs_current and up in self.lock:  # it reads a folder that holds this output beside others
                tags[tag] = self.lock[up].data_version
            else:
                tags[tag] = known.get(tag, UNKNOWN)
        return tags

    def result(self, name: str, tags: Mapping[str, str]) -> Iterator[Event]:
        """A materialization and its checks, as the summary in the output has them."""
        node, folder = self.nodes[name], self.root / self.nodes[name].outputs[0]
        summary = metadata.read_summary(folder)
        pointers = {get_input_event_pointer_tag(self.nodes[up].key): NULL_EVENT_POINTER for up in node.upstream}
        provenance = metadata.provenance(OUTSIDE, self.lock[name].data_version, folder)
        yield dg.AssetMaterialization(
            node.key,
            description=f"Found in {LOCK}: {name} {OUTSIDE}.",
            metadata={**metadata.describe_summary(summary, folder, self.root), **provenance},
            tags={**tags, **pointers},
        )
        for check in metadata.answers(node.verb, summary):
            yield dg.AssetCheckEvaluation(
                asset_key=node.key,
                check_name=check.name,
                passed=check.passed,
                severity=metadata.severity(check),
                description=check.description,
                metadata=metadata.evidence(check, summary),
            )


def _known_tags(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, str]:
    event = instance.get_latest_materialization_event(key)
    materialization = event.asset_materialization if event else None
    return dict(materialization.tags or {}) if materialization else {}
