"""``tau2-tui completion``: what a shell needs to complete commands, options, files and task ids."""

from __future__ import annotations

import click

_VARIABLE = "_TAU2_TUI_COMPLETE"


EXAMPLES = """\b
Examples:
  tau2-tui completion bash >> ~/.bashrc
  tau2-tui completion zsh > ~/.zfunc/_tau2-tui      (a folder of your $fpath)
  tau2-tui completion fish > ~/.config/fish/completions/tau2-tui.fish
"""


@click.command("completion", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for a shell."""
    from click.shell_completion import get_completion_class

    from tau2_tui.cli.main import cli

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "tau2-tui", _VARIABLE).source())
