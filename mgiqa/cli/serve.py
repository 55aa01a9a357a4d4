"""``mgiqa serve``: the champion behind HTTP, on this machine only, until Ctrl-C."""

from pathlib import Path
from typing import Annotated

import typer

from mgiqa.cli.stages import Root

EPILOG = (
    "Example: `mgiqa serve`, then `curl localhost:5001/invocations -H 'Content-Type: application/json' "
    '-d "{\\"dataframe_records\\": [{\\"image\\": \\"$(base64 -w0 photo.jpg)\\"}]}"`.'
)


def add_to(app: typer.Typer) -> None:
    """Adds the verb."""
    app.command("serve", epilog=EPILOG, rich_help_panel="Use")(serve)


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 5001,
    images_below: Annotated[
        Path | None, typer.Option(help="Folder whose files requests may name by path; none by default.")
    ] = None,
    root: Root = None,
) -> None:
    """Serve the champion at http://127.0.0.1:PORT/invocations; Ctrl-C stops it."""
    import os

    from mgiqa.registry.allowed import Allowed
    from mgiqa.registry.champion import champion_folder
    from mgiqa.registry.serving import HOST, server_command
    from mgiqa.settings import read_settings
    from mgiqa.workspace import Workspace

    workspace = Workspace(root.resolve()) if root else Workspace.find()
    weights = champion_folder(workspace, read_settings(workspace.params))
    allowed = Allowed(images_below=str(images_below.resolve()) if images_below else "")
    program, environment = server_command(weights.parents[1], port, allowed)
    typer.echo(f"http://{HOST}:{port}/invocations  answers as soon as the model is loaded; Ctrl-C stops it.")
    os.execve(program[0], program, environment)
