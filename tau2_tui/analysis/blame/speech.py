"""What agent and user said, as far as patterns of words can tell. English, as tau2's domains are."""

from __future__ import annotations

import re

from tau2_tui.analysis.blame.case import Case, Said
from tau2_tui.analysis.data.records import Call

STOP, TRANSFER, OUT_OF_SCOPE = "###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###"
TRANSFER_TOOL = "transfer_to_human_agents"

_DONE = re.compile(
    r"\b(done|taken care of|complete[d]?|processed|success(ful(ly)?)?|has been|have been|all set)\b", re.I
)
_NOT_NEEDED = re.compile(
    r"\b(nothing (needs )?to (be )?(do|done|change|changed|fix|fixed)|"
    r"no (change|action|step)s? (is|are) (needed|necessary)|no need to|"
    r"(need|have) to do nothing|is already (done|set|correct))\b",
    re.I,
)
_REFUSAL = re.compile(
    r"\b(can ?not|can['’]t|unable|not able|not (possible|allowed|eligible|permitted)|unfortunately|"
    r"won['’]t be able|sorry, but)\b",
    re.I,
)
_GIVING_UP = re.compile(
    r"\b(that('s| is| was)? all (that )?(i|we) can|nothing (more|else|further)( that)? (i|we) can|"
    r"(i|we) (can ?not|can['’]t|am unable to|are unable to|am not able to) (help|assist|proceed|continue)"
    r"( you)?( any)? ?(further|more|with (this|that))?|(i|we) (can|could) do nothing)",
    re.I,
)
_YES = re.compile(
    r"^\W*(yes|yeah|yep|sure|ok(ay)?|correct|right|absolutely|please (do|proceed|go ahead)|go ahead|proceed|that works|"
    r"sounds good|i confirm|confirmed)\b",
    re.I,
)
_QUESTION = re.compile(r"\?|\b(confirm|would you like|shall i|do you want|\(yes/no\)|\byes\b)", re.I)


def gives_up(text: str) -> bool:
    """Return whether an agent says that it does nothing more."""
    return bool(_GIVING_UP.search(text))


def refuses(text: str) -> bool:
    """Return whether an agent says that something cannot be done."""
    return bool(_REFUSAL.search(text))


def claims_done(text: str) -> bool:
    """Return whether an agent says that something was done, and refuses nothing in the same message."""
    return bool(_DONE.search(text)) and not refuses(text)


def finds_unneeded(text: str) -> bool:
    """Return whether an agent says that nothing needs to be done."""
    return bool(_NOT_NEEDED.search(text))


def agrees(text: str) -> bool:
    """Return whether a user says yes."""
    return bool(_YES.search(text))


def asks(text: str) -> bool:
    """Return whether an agent asks for an answer."""
    return bool(_QUESTION.search(text))


def last_of(case: Case, role: str) -> Said | None:
    """Return the last message of a role that has a text."""
    return next((said for said in reversed(case.said) if said.role == role and said.text.strip()), None)


def first_agent_message(case: Case, after: Call | None) -> Said | None:
    """Return the agent's first message after a call, or its first answer to the user without one.

    Before a reference action nobody called yet, the agent's greeting is no place to go wrong.
    """
    said = case.said_by_agent
    if after is None:
        return next((one for one in said if one.turn > 0 or case.simulation.messages == 1), None)
    turn = after.turn
    return None if turn is None else next((one for one in said if one.turn > turn), None)


def carried_on(case: Case, call: Call) -> bool:
    """Return whether the agent went on after a call as if what was asked for had been done.

    Not when it then changed the record that it had read: it needed to read it, unless it knew the record before.
    """
    said = first_agent_message(case, call)
    if said is None:
        return False
    if not said.calls:
        return claims_done(said.text)
    following = [other for other in case.calls if other.turn == said.turn]
    wrote = (other for other in following if case.evidence.writes(other.requestor, other.name))
    ids = case.ids[call.i]
    known = any(case.first_used.get(text, call.i) < call.i for text in ids)
    return known or not any(case.ids[other.i] & ids for other in wrote)


_SENTENCE_END = re.compile(r"[.!?:]\s|\n")
_REPORT = re.compile(r"\b(has|have|i['’]ve|was|is now) (now )?(been )?(successfully )?\w+ed\b", re.I)

_SAME = {"reboot": ("restart",), "reseat": ("sim",), "wifi": ("wi-fi",), "apn": ("access point",), "grant": ("allow",)}
_GENERAL = frozenset(
    (
        "app",
        "apps",
        "can",
        "check",
        "connect",
        "device",
        "disable",
        "disconnect",
        "enable",
        "get",
        "mode",
        "of",
        "permission",
        "preference",
        "reset",
        "run",
        "set",
        "settings",
        "status",
        "toggle",
        "turn",
        "use",
    )
)


def asked_for(case: Case, tool: str) -> Said | None:
    """Return the first message in which the agent speaks of what a user's tool does, None without one.

    What it says it has done on its own side is no word to the user.
    """
    words = [word for word in tool.lower().split("_") if word and word not in _GENERAL] or tool.lower().split("_")
    looked_for = [other for word in words for other in (word, *_SAME.get(word, ()))]
    for said in case.said:
        if said.role != "assistant":
            continue
        for sentence in _SENTENCE_END.split(said.text.lower()):
            if any(word in sentence for word in looked_for) and not _REPORT.search(sentence):
                return said
    return None
