"""Filter expressions: one language for the events of a log and for the rows of a list.

``type:tool tool:get_* error task:12 time>0.5 not (role:user or result~"not found")``. Terms that stand side by side are
joined by *and*; ``or``, ``not`` and parentheses do what they say.

========================  ==============================================================================================
``name:value``            is that value; ``*`` stands for any text; ``null`` for nothing
``name=value``            is exactly that value, ``*`` included; ``name!=value`` has another one
``name~regex``            a regular expression occurs in it
``name<1``                compared as numbers, levels by their gravity, times by their order; ``<= > >=`` as well
``name``                  is there and neither false, 0 nor empty
``error``                 the level is error or above
``"some words"``          the words occur anywhere in the event's texts
========================  ==============================================================================================

Names are the log format's keys, with dots into objects (``args.user_id``); of a list any element may match. Short
names: ``type task simulation turn tool args``, ``time`` (how long it took) and ``result`` (a failure's message too).
"""

from __future__ import annotations

from tau2_tui.runlog.filters.expression import Filter, parse
from tau2_tui.runlog.filters.mistake import FilterError
from tau2_tui.runlog.filters.names import EVENTS, Vocabulary, vocabulary_of

__all__ = ["EVENTS", "Filter", "FilterError", "Vocabulary", "parse", "vocabulary_of"]
