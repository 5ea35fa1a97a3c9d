"""Modules and names of tau2-bench and what it brings, imported when they are asked for."""

from __future__ import annotations

import importlib
from typing import Any


def module(name: str) -> Any:
    """Return a module by its name."""
    return importlib.import_module(name)


def attribute(module_name: str, name: str) -> Any:
    """Return what a module has under a name."""
    return getattr(module(module_name), name)
