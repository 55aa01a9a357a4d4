"""``mgiqa doctor``: all that would keep the settings from running, said at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from mgiqa.doctor.accelerators import Accelerator
    from mgiqa.doctor.diagnostics import Diagnostics
    from mgiqa.settings import Settings
    from mgiqa.workspace import Workspace

EPILOG = (
    "Examples: `mgiqa doctor` for params.yaml and this machine, "
    "`mgiqa doctor --preset qwen2.5-vl-7b-lora --gpu h100` for memory and hours on a machine that is elsewhere. "
    "Exit status 1: a run would end in one of the faults."
)


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("doctor", epilog=EPILOG, rich_help_panel="Settings")(doctor)


def doctor(
    preset: Annotated[str, typer.Option(help="Examine this preset instead of params.yaml.")] = "",
    gpu: Annotated[
        str, typer.Option(help="Kind of each GPU of a machine that is elsewhere: h200, h100, a100-80, …; adds hours.")
    ] = "",
    gpu_memory: Annotated[
        float | None, typer.Option(min=1, help="GiB of each GPU of such a machine, where --gpu does not know its kind.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    root: Annotated[Path | None, typer.Option(help="Folder of params.yaml.")] = None,
) -> None:
    """Check settings, model, memory and machine, and list every fault with its remedy."""
    import json

    from mgiqa.doctor.diagnostics import diagnose
    from mgiqa.doctor.memory import GIB
    from mgiqa.workspace import Workspace

    kind = _kind(gpu, gpu_memory)
    workspace = Workspace(root.resolve()) if root else Workspace.find()
    settings = _settings(workspace, preset)
    memory = kind.memory if kind else gpu_memory
    diagnostics = diagnose(settings, workspace.root, planned=memory and memory * GIB, gpu=kind, machine=not preset)
    if as_json:
        typer.echo(json.dumps({"settings": preset or "params.yaml", **diagnostics.as_dict()}, indent=2))
    else:
        _show(diagnostics, settings, preset or "params.yaml")
    raise typer.Exit(code=int(diagnostics.stopped))


def _kind(name: str, memory: float | None) -> "Accelerator | None":
    from mgiqa.doctor.accelerators import accelerators

    if not name:
        return None
    if memory is not None:
        raise typer.BadParameter("--gpu says how much memory there is; leave --gpu-memory out.")
    if name not in accelerators():
        raise typer.BadParameter(
            f"Choose one of {', '.join(accelerators())}, or give --gpu-memory.", param_hint="--gpu"
        )
    return accelerators()[name]


def _settings(workspace: "Workspace", preset: str) -> "Settings":
    from mgiqa.settings import check_settings, read_settings
    from mgiqa.settings.document import read_document
    from mgiqa.settings.presets import find_preset, with_preset

    if not preset:
        return read_settings(workspace.params)
    content = read_document(workspace.params)
    return check_settings(with_preset(content, find_preset(workspace.root, preset)), f"presets/{preset}.yaml")


def _show(diagnostics: "Diagnostics", settings: "Settings", name: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    from mgiqa.cli.show import show_table

    console = Console(highlight=False)
    facts, launch = diagnostics.model, settings.launch
    processes = "one process" if launch.processes == 1 else f"{launch.processes} processes ({launch.engine})"
    console.print(f"[bold]{name}[/]: {facts['name']} in {processes}")
    if "parameters" in facts:
        adapter = f"; the adapter of train has {facts['adapter']:,}" if facts["adapter"] else ""
        console.print(f"  {facts['class']} with {facts['parameters']:,} weights{adapter}")
        console.print(
            f"  an image is {facts['image tokens']} tokens at most (sides in multiples of {facts['side']} pixels), a "
            f"sequence {facts['sequence']}"
        )
    if diagnostics.needs:
        memory = diagnostics.as_dict()["memory"]
        parts = next(iter(memory.values()))
        rows = [{"GiB per process": part, **{stage: memory[stage][part] for stage in memory}} for part in parts]
        show_table(console, "Memory, estimated", rows)
    if diagnostics.hours:
        _show_hours(console, diagnostics)
    for gpu in diagnostics.gpus:
        console.print(f"  {gpu.name}: {gpu.free / 2**30:.0f} of {gpu.total / 2**30:.0f} GiB are free")
    for fault in diagnostics.faults:
        mark = "[bold red]✗[/]" if fault.stops else "[yellow]![/]"
        console.print(f"  {mark} {fault.topic}: {escape(str(fault))}")
    if not diagnostics.faults:
        console.print("  [green]✓[/] no fault was found")


def _show_hours(console: "Console", diagnostics: "Diagnostics") -> None:
    from mgiqa.cli.show import show_table

    estimate, images = diagnostics.hours, diagnostics.images
    if estimate is None:
        return
    rows = [{"phase": phase, "hours": round(value, 2)} for phase, value in estimate.as_dict().items()]
    show_table(console, "Hours of train, estimated", rows)
    console.print(
        f"  validation takes {estimate.validation_share:.1%} of them; images are opened beside the rest, and are not "
        "in the total"
    )
    console.print(
        f"  for {images.training:,} images to learn from and {images.validation:,} to choose by ({images.source}), and "
        "answers as long as they may be"
    )
    if images.unknown:
        console.print(f"  not counted, since nobody knows their size yet: {', '.join(images.unknown)}")
