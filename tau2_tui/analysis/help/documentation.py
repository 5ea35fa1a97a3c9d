"""The documentation of the statistics, made from their explanations.

``python -m tau2_tui.analysis.help.documentation`` prints it.
"""

from __future__ import annotations

from tau2_tui.analysis.help.explain import explanations

_HEAD = """\
# Statistics

What `tau2-tui stats`, `tau2-tui compare`, `LogAnalyzer` and the functions of `tau2_tui.analysis` compute. A simulation
is one task in one trial; the task is the unit of every interval and test that speaks of new tasks. Each result says how
many observations it rests on (`n`), of how many tasks (`n_tasks`), how many independent observations those are worth
(`n_eff`), its `status` (`ok`; `few`: too few data for the usual trust; `degenerate`: constant or one-sided data;
`none`: there is no value) and a `note` for a person. How often the intervals hold what they promise is simulated:
[coverage.md](coverage.md).

This file is made from the explanations in the code by `python -m tau2_tui.analysis.help.documentation`, and a test
compares the two.

"""

_COLUMNS = ("Statistic", "Question", "Method", "Assumes", "Source", "When data are poor")


def markdown() -> str:
    """Return the documentation of every statistic as Markdown."""
    lines = [f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}"]
    for name, one in explanations().items():
        cells = [one.question, one.formula, one.assumption, one.source, one.poor]
        lines.append(f"| `{name}` | {' | '.join(_cell(text) for text in cells)} |")
    return _HEAD + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Return a text that stays inside its cell."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|") or "–"


if __name__ == "__main__":
    print(markdown(), end="")
