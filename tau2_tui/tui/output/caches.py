"""Textual's caches, made to let go of what is gone."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from textual._styles_cache import StylesCache

_METHOD = "get_inner_outer"


def let_go() -> None:
    """Have no widget's drawn lines outlive it.

    Textual 8.2 keeps the backgrounds of 1024 widgets by the cache of lines that each has, and with it that cache. Here
    they are kept by their colours, which is all that they depend on.
    """
    kept: Any = vars(StylesCache).get(_METHOD)
    if hasattr(kept, "cache_info"):
        setattr(StylesCache, _METHOD, staticmethod(lru_cache(1024)(partial(kept.__wrapped__, None))))
