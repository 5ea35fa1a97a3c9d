"""The vocabulary of :mod:`tau2_tui.events`, under the name by which loggers' users import it."""

from __future__ import annotations

from tau2_tui.events import *  # noqa: F403 - all of it, as its __all__ says
from tau2_tui.events import decode

event_from_dict = decode
