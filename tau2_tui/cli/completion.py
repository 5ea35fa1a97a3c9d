"""``tau2-tui completion``: what a shell needs to complete commands, options, files and task ids."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, get_completion_class

_VARIABLE = "_TAU2_TUI_COMPLETE"

_BASH = r"""
%(complete_func)s() {
    local line type value word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
    COMPREPLY=()
    while read -r line; do
        type=${line%%%%,*} value=${line#*,}
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                # What a task is called may mean something to the shell.
                case $word in
                    \'*) [[ $value == *\'* ]] && continue ;;
                    \"*) [[ $value == *[\"\\\$\`!]* ]] && continue ;;
                    *)
                        printf -v value %%q "$value"
                        [[ $value == \$* ]] || value=${value//:/\\:}
                        ;;
                esac
                COMPREPLY+=("$value")
                ;;
        esac
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
"""In place of click's own, which puts values on the command line as they are, for the shell to act upon."""

EXAMPLES = """\b
Examples:
  tau2-tui completion bash >> ~/.bashrc
  tau2-tui completion zsh > ~/.zfunc/_tau2-tui      (a folder of your $fpath)
  tau2-tui completion fish > ~/.config/fish/completions/tau2-tui.fish
"""


class _Bash(BashComplete):
    """Bash, with a script that quotes what it offers."""

    source_template = _BASH


@click.command("completion", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for a shell."""
    from tau2_tui.cli.main import cli

    found = _Bash if shell == "bash" else get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(cli, {}, "tau2-tui", _VARIABLE).source())
