"""The option that commands with intervals share."""

from __future__ import annotations

import click

from tau2_tui.cli.number import Number

level_option = click.option(
    "--level",
    type=Number(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="How often the intervals hold what they promise.",
)
