"""What runs by itself, and the jobs that people start.

Only the sensor that keeps Dagster's view true is on from the start; what spends time or changes the champion is
switched on by whoever wants it.
"""

import hashlib
import time

import dagster as dg

from mgiqa.registry.locations import release_mark
from mgiqa.settings import read_settings
from mgiqa.workspace import Workspace
from orchestration.owners import end_lost_runs
from orchestration.promotion import NoAnswerError, read_champion
from orchestration.sync import fingerprint, missed_champion, missed_events

SERVER_ASKED_EVERY = 300
"""Seconds between two looks at an MLflow server; the local database tells at once whether anything moved."""
_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]

pipeline = dg.define_asset_job(
    "pipeline",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets("champion"),
    description="Bring every stage up to date, from the datasets to the registered model: what `dvc repro` does.",
)
data = dg.define_asset_job(
    "data",
    selection=dg.AssetSelection.groups("raw_data", "checked_data"),
    description="Bring in, validate and align the datasets; nothing is trained.",
)
release = dg.define_asset_job(
    "release",
    selection=dg.AssetSelection.assets("champion"),
    description="Ask the gate whether the registered challenger becomes champion.",
)

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=pipeline,
    cron_schedule="0 2 * * *",
    description="Bring the pipeline up to date at two in the morning; does nothing where nothing has changed.",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)


@dg.sensor(
    description="Notices what `dvc repro` did in a terminal, and outputs that were deleted, so that both agree.",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def runs_outside_dagster(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Reports results that DVC has recorded and Dagster does not know."""
    if context.instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY), limit=1):
        return dg.SkipReason("A run of Dagster is under way; what it changes it reports itself.")
    root = Workspace.find().root
    last = context.instance.get_runs(limit=1)
    now = fingerprint(root, last[0].run_id if last else "")
    if now == context.cursor:
        return dg.SkipReason("Nothing has changed since the last look.")
    return dg.SensorResult(asset_events=list(missed_events(root, context.instance)), cursor=now)


@dg.sensor(
    description="Notices promotions and roll-backs made in a terminal, and a champion that somebody made by hand.",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def champions_outside_dagster(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Reports the champion of the registry where Dagster knows another."""
    if context.instance.get_runs(dg.RunsFilter(statuses=_UNDER_WAY), limit=1):
        return dg.SkipReason("A run of Dagster is under way; what it changes it reports itself.")
    workspace = Workspace.find()
    server = read_settings(workspace.params).tracking.uri
    now = f"{server} {int(time.time() // SERVER_ASKED_EVERY)}" if server else release_mark(workspace.tracking)
    if now == (context.cursor or ""):
        return dg.SkipReason("No alias has moved since the last look.")
    try:
        holder = read_champion(workspace.root)
    except NoAnswerError as error:
        context.update_cursor(now)
        return dg.SkipReason(str(error))
    return dg.SensorResult(
        asset_events=list(missed_champion(workspace.root, context.instance, holder)) if holder else [], cursor=now
    )


@dg.sensor(
    description="Ends runs whose process was killed, frees their place in a pool, and sees to it that Terminate ends.",
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def lost_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Starts nothing; what it did is what it says."""
    return dg.SkipReason(" ".join(end_lost_runs(context.instance)) or "Every run under way has its process.")


@dg.sensor(
    description="Asks the gate whenever another candidate was registered. Off until you switch it on.",
    job=release,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
)
def new_candidate(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Starts the release job once per content of ``candidate.json``."""
    candidate = Workspace.find().registry / "candidate.json"
    if not candidate.is_file():
        return dg.SkipReason("No model is registered yet.")
    digest = hashlib.sha256(candidate.read_bytes()).hexdigest()
    if digest == context.cursor:
        return dg.SkipReason("The candidate is the one that the gate was asked about last.")
    context.update_cursor(digest)
    return dg.RunRequest(run_key=digest)
