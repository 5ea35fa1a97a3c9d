"""``tau2-tui help``: the documentation, offline, and the manual page."""

from __future__ import annotations

import click

from tau2_tui.cli.help_topics import TOPICS

EXAMPLES = """\b
Examples:
  tau2-tui help
  tau2-tui help filters
  tau2-tui help statistics | less
  tau2-tui help record
      the same as tau2-tui record --help
  tau2-tui help --man > tau2-tui.1 && man -l tau2-tui.1
"""


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from tau2_tui.cli.main import COMMANDS

    return [name for name in (*TOPICS, *COMMANDS) if name.startswith(incomplete)]


@click.command("help", epilog=EXAMPLES)
@click.argument("topic", required=False, shell_complete=_names)
@click.option("--man", "manual", is_flag=True, help="Print the manual page, for man -l.")
@click.pass_context
def command(context: click.Context, topic: str | None, manual: bool) -> None:
    """Read the documentation of a topic or a command.

    Without a topic it lists them. The texts come with the program: no network is needed.
    """
    from tau2_tui.cli.main import COMMANDS, cli

    if manual and topic:
        raise click.UsageError("--man is the manual page of all; leave out the topic")
    parent = click.Context(cli, info_name="tau2-tui")
    if manual:
        from tau2_tui.cli.manual import manual_page

        click.echo(manual_page(cli, COMMANDS), nl=False)
    elif topic is None:
        click.echo(_list_of_topics(parent), nl=False)
    elif topic in TOPICS:
        from tau2_tui.cli.help_text import print_topic

        print_topic(topic)
    elif (found := cli.get_command(parent, topic)) is not None:
        with found.make_context(topic, [], parent=parent, resilient_parsing=True) as its_own:
            click.echo(found.get_help(its_own))
    else:
        _refuse(topic)


def _list_of_topics(context: click.Context) -> str:
    formatter = context.make_formatter()
    formatter.write_text("tau2-tui help TOPIC, or tau2-tui help COMMAND:")
    with formatter.section("Topics"):
        formatter.write_dl([(name, topic.about) for name, topic in TOPICS.items()])
    return formatter.getvalue()


def _refuse(topic: str) -> None:
    from tau2_tui.cli.output import fail

    fail(f"no help on {topic!r}; topics: {', '.join(TOPICS)}; or a command's name")
