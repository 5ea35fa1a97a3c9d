"""Options of ``tau2 run`` beyond the everyday ones, under tau2's own names: those of 0.2, of 1.x, and of both.

An option that the installed tau2-bench lacks is refused when it is known which one is installed; an option that no
recording can follow is refused at once, with what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from tau2_tui.cli.json_object import JSON_OBJECT
from tau2_tui.cli.number import Number
from tau2_tui.errors import RecordingError

Command = TypeVar("Command", bound=Callable[..., Any])

_POSITIVE = click.IntRange(min=1)

_VOICE = "voice runs are not recorded, only text runs"
_LOGGED = "the run log holds every message, tool call and model call already"
_REVIEW = "save the results with --save-to and review them with tau2 review"

_REFUSED_FLAGS = {
    "--audio-native": _VOICE,
    "--audio-debug": _VOICE,
    "--audio-taps": _VOICE,
    "--xml-prompt": _VOICE,
    "--no-xml-prompt": _VOICE,
    "--verbose-logs": _LOGGED,
    "--auto-resume": "continue a log with --resume",
    "--auto-review": _REVIEW,
}

_REFUSED_VALUES = {
    "--llm-log-mode": _LOGGED,
    "--review-mode": _REVIEW,
    "--review-model": _REVIEW,
    **dict.fromkeys(
        (
            "--audio-native-provider",
            "--audio-native-model",
            "--cascaded-config",
            "--reasoning-effort",
            "--tick-duration",
            "--max-steps-seconds",
            "--speech-complexity",
            "--pcm-sample-rate",
            "--telephony-rate",
            "--wait-to-respond-other",
            "--wait-to-respond-self",
            "--yield-when-interrupted",
            "--yield-when-interrupting",
            "--interruption-check-interval",
            "--integration-duration",
            "--silence-annotation-threshold",
            "--hallucination-retries",
        ),
        _VOICE,
    ),
}


def tau2_options(command: Command) -> Command:
    """Add the options, and those that are refused, which ``--help`` does not show."""
    for option in reversed([*_common(), *_of_0_2(), *_of_1(), *_refused()]):
        command = option(command)
    return command


def _common() -> list[Callable[[Command], Command]]:
    return [
        click.option(
            "--import",
            "imports",
            multiple=True,
            metavar="MODULE",
            help="Module or Python file that registers agents, users, domains or tasks with tau2.",
        ),
        click.option(
            "--solo-mode", is_flag=True, help="No user: the agent has the user's tools too (mock and telecom domains)."
        ),
        click.option("--enforce-communication-protocol", is_flag=True, help="A message has text or tool calls."),
        click.option("--save-to", metavar="NAME", help="Also save results in tau2's own format, beside the log."),
        click.option("--judge-llm", metavar="MODEL", help="tau2 0.2: looks for loops; 1.x: judges assertions."),
        click.option("--judge-llm-args", type=JSON_OBJECT, default="{}", help="Arguments of each of its calls."),
    ]


def _of_0_2() -> list[Callable[[Command], Command]]:
    return [
        click.option("--judge-window-size", type=_POSITIVE, help="0.2: messages that the judge looks at."),
        click.option("--judge-system-prompt", metavar="TEXT", help="0.2: what the judge is told."),
        click.option("--agent-api-key", metavar="VARIABLE", help="0.2: variable with the key of the agent's model."),
        click.option("--user-api-key", metavar="VARIABLE", help="0.2: variable with the key of the user's model."),
        click.option("--judge-api-key", metavar="VARIABLE", help="0.2: variable with the key of the judge."),
        click.option("--skip-failed-samples", is_flag=True, help="0.2: a simulation that fails gets the reward 0."),
        click.option("--results-dir", metavar="FOLDER", help="0.2: folder for --save-to."),
    ]


def _of_1() -> list[Callable[[Command], Command]]:
    return [
        click.option("--timeout", type=Number(min=0), metavar="SECONDS", help="1.x: end a conversation after so long."),
        click.option("--user-persona", type=JSON_OBJECT, help="1.x: how the user simulator talks."),
        click.option("--retrieval-config", metavar="NAME", help="1.x: how banking_knowledge finds its documents."),
        click.option("--retrieval-config-kwargs", type=JSON_OBJECT, help="1.x: arguments of that."),
    ]


def _refused() -> list[Callable[[Command], Command]]:
    def refuse(_: click.Context, option: click.Parameter, value: Any) -> None:
        if value:
            name = option.opts[0]
            raise RecordingError(f"{name}: {(_REFUSED_FLAGS | _REFUSED_VALUES)[name]}")

    return [
        *(
            click.option(name, is_flag=True, hidden=True, expose_value=False, is_eager=True, callback=refuse)
            for name in _REFUSED_FLAGS
        ),
        *(
            click.option(name, hidden=True, expose_value=False, is_eager=True, callback=refuse)
            for name in _REFUSED_VALUES
        ),
    ]
