"""Calls into statistics libraries that may warn: the warnings become data."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[list[str]]:
    """Keep warnings from being printed; the list that is given holds their texts afterwards."""
    import numpy as np

    texts: list[str] = []
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            yield texts
        finally:
            texts.extend(str(warning.message).splitlines()[0] for warning in caught if str(warning.message))
