"""One place that explains every statistic: the source of the help, the documentation's table and the tests."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tau2_tui import analysis
from tau2_tui.analysis.help.explanation import Explanation


def explain(name: str) -> Explanation:
    """Return what a statistic answers, how it is computed, what it assumes and where that comes from.

    Args:
        name: the statistic's function, such as ``tool_vs_rest``.

    Raises:
        KeyError: there is no such statistic; the message names it.
    """
    return explanations()[name]


@cache
def explanations() -> Mapping[str, Explanation]:
    """Return every explanation by name, sorted; each module's ``EXPLANATIONS``."""
    found: dict[str, Explanation] = {}
    for module in pkgutil.walk_packages(analysis.__path__, f"{analysis.__name__}."):
        if not module.ispkg and module.name != __name__:
            found |= getattr(importlib.import_module(module.name), "EXPLANATIONS", {})
    return MappingProxyType(dict(sorted(found.items())))
