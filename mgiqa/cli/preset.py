"""``mgiqa preset``: ready-made sets of values for ``params.yaml``."""

import typer

app = typer.Typer(no_args_is_help=True, help="Ready-made sets of values for params.yaml.")


@app.command("list", epilog="Example: `mgiqa preset list`")
def list_all() -> None:
    """Lists the presets, what each is for and what hardware it needs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from mgiqa.settings.presets import list_presets
    from mgiqa.workspace import Workspace

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    for preset in list_presets(Workspace.find().root):
        needs = dict.fromkeys((preset.about["hardware"], preset.about["memory"]))
        table.add_row(preset.name, Text.assemble(preset.about["for"], "\n", ("; ".join(needs), "dim")))
    Console().print(table)


@app.command(epilog="Example: `mgiqa preset show avt`")
def show(name: str) -> None:
    """Shows what a preset changes, and where its numbers come from."""
    from mgiqa.settings.presets import find_preset
    from mgiqa.workspace import Workspace

    root = Workspace.find().root
    typer.echo((root / "presets" / f"{find_preset(root, name).name}.yaml").read_text(encoding="utf-8"), nl=False)


@app.command(epilog="Example: `mgiqa preset use avt && dvc repro`. Back to the default: `mgiqa preset use tiny-cpu`.")
def use(name: str) -> None:
    """Writes a preset into params.yaml; its comments, and what the preset is silent on, stay."""
    from mgiqa.settings.presets import find_preset, use_preset
    from mgiqa.workspace import Workspace

    workspace = Workspace.find()
    use_preset(workspace.params, find_preset(workspace.root, name))
    typer.echo(f"params.yaml now says {name}. Run it with: dvc repro")
