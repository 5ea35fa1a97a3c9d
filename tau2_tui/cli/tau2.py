"""``tau2-tui tau2``: tau2-bench's own command line, with the enhanced domains."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  tau2-tui tau2 run --domain airline_enhanced --agent-llm gpt-4.1 \\
      --user-llm gpt-4.1 --save-to mine
      tau2's own runner writes mine.json (tau2 1.x: mine/results.json), and
      beside it stands the run log
  tau2-tui tau2 view
"""


@click.command(
    epilog=EXAMPLES,
    context_settings={"ignore_unknown_options": True, "help_option_names": [], "allow_interspersed_args": False},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="WORDS…")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Run tau2-bench's own command line; domains with _enhanced behind their name are recorded.

    The log of a run stands beside tau2's results file, as NAME_enhanced_logs.jsonl. tau2-tui tau2 run --help shows
    tau2's own options.
    """
    if words in ((), ("-h",), ("--help",)):
        click.echo(context.get_help())
        return
    from tau2_tui.recording import tau2_api
    from tau2_tui.recording.agents.model_agents import register_model_agents
    from tau2_tui.recording.enhanced.registry import close_logs, register_enhanced_domains
    from tau2_tui.recording.tau2_api.own_runner import run_command_line

    register_enhanced_domains()
    register_model_agents(tau2_api.load())
    try:
        run_command_line(tau2_api.load(), list(words))
    finally:
        close_logs()
