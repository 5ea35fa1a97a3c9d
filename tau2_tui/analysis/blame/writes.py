"""Causes from what was done against what should have been: the writes of the run beside those of the reference."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import replace

from tau2_tui.analysis.blame.case import Case
from tau2_tui.analysis.blame.pairing import Pairing, slot
from tau2_tui.analysis.blame.provenance import Seen, changed_values, first_seen, said_by_user_only
from tau2_tui.analysis.blame.speech import asked_for, first_agent_message
from tau2_tui.analysis.blame.values import differing, fits_into, is_id, is_telling, record_ids, shown, texts
from tau2_tui.analysis.blame.verdict import Cause, cause
from tau2_tui.analysis.data.records import Call, GoldAction

_UNDECIDED = 0.85
_HARMLESS = 0.3
_EXPLAINED = 0.6
_BESIDE = 0.55
"""For an extra write where only assertions failed and something needed is missing as well."""


def from_writes(case: Case, pairing: Pairing, explained: Collection[GoldAction] = ()) -> Iterator[Cause]:
    """Yield what each difference between reference and reached writes says.

    Args:
        case: the simulation.
        pairing: its calls beside the reference actions.
        explained: missing reference actions that an early end of the conversation explains.
    """
    for action, call in pairing.wrong:
        yield from _wrong_argument(case, action, call)
    for action, call in pairing.failed:
        yield _not_recovered(case, action, call)
    for action, call in pairing.other_tool:
        yield from _wrong_tool(case, action, call)
    for action, call in pairing.instead_of_read:
        yield from _instead_of_read(case, action, call)
    for action in pairing.missing:
        found = _missing(case, pairing, action)
        yield replace(found, confidence=found.confidence * _EXPLAINED) if action in explained else found
    first = _first_made(case) if pairing.extra else {}
    for call in pairing.extra:
        name, _, args = case.keys[call.i]
        yield from _extra(case, pairing, call, first.get((name, args), call))


def _weighed(confidence: float, mattered: bool | None) -> float:
    """Return a confidence in the light of whether it shows in the difference to the reference state."""
    if mattered is None:
        return confidence * _UNDECIDED
    return confidence if mattered else confidence * _HARMLESS


def _either(*answers: bool | None) -> bool | None:
    """Return true when one is true, false when all are false, None when nobody knows."""
    if True in answers:
        return True
    return None if None in answers else False


def _wrong_argument(case: Case, action: GoldAction, call: Call) -> Iterator[Cause]:
    wrong = differing(action.args, call.args, action.compare_args)
    mattered = _either(case.mattered(call.name, call.args), case.lacked(action))
    extra_only = all(name not in action.args for name in wrong)
    confidence = _weighed(0.6 if extra_only else 0.9, mattered)
    said: list[str] = []
    lines = [call.line]
    for name in wrong[:3]:
        text, seen = _provenance(case, name, action, call)
        said.append(text)
        lines += [place.line for place in seen if place.line is not None]
    if len(wrong) > 3:
        said.append(f"{len(wrong) - 3} more arguments")
    summary = f"{call.name} with wrong {_listed(wrong)}: {'; '.join(said)}"
    yield cause("wrong_argument", confidence, summary, tuple(lines), call.turn)
    yield from _made_up_by_user(case, wrong, action, call, confidence)


def _provenance(case: Case, name: str, action: GoldAction, call: Call) -> tuple[str, list[Seen]]:
    """Return one argument's two values in words, and where they were first seen."""
    reference, reached = action.args.get(name), call.args.get(name)
    expected, got = changed_values(reference, reached)
    if isinstance(reference, (list, tuple, Mapping)) and isinstance(reached, (list, tuple, Mapping)):
        text = f"{name} has {_few(got)}, the reference has {_few(expected)} there"
    else:
        text = f"{name} is {shown(reached)}, the reference has {shown(reference)}"
    places = []
    for label, values, before in (("the former", got, call.turn), ("the latter", expected, None)):
        telling = next((value for value in values if is_telling(value)), None)
        if telling is not None:
            place = first_seen(case, telling, before)
            places.append(place)
            text += f", {label} {place}"
    return text, places


def _few(values: list[str]) -> str:
    """Return some values in short, ``nothing more`` for none."""
    return ", ".join(shown(value, 30) for value in values[:3]) + (" …" if len(values) > 3 else "") or "nothing more"


def _made_up_by_user(
    case: Case, wrong: tuple[str, ...], action: GoldAction, call: Call, confidence: float
) -> Iterator[Cause]:
    for name in wrong:
        expected, got = changed_values(action.args.get(name), call.args.get(name))
        for value in got:
            seen = said_by_user_only(case, call, value)
            if seen is None or seen.line is None:
                continue
            known = next(
                (v for v in expected if is_telling(v) and first_seen(case, v).origin in ("scenario", "result")), None
            )
            sure = confidence * (0.6 if known is not None else 0.4)
            against = "" if known is None else f", against {shown(known)} {first_seen(case, known)}"
            summary = (
                f"the user gave {name} {shown(value)} at message {seen.turn}, which is not in its scenario{against}"
            )
            yield cause("user_simulator_fault", min(sure, 0.45), summary, (seen.line, call.line), seen.turn)
            return


def _not_recovered(case: Case, action: GoldAction, call: Call) -> Cause:
    attempts = [
        other for other in case.calls if other.error and other.name == call.name and other.requestor == call.requestor
    ]
    wrong = differing(action.args, call.args, action.compare_args)
    how = f" with wrong {_listed(wrong)}" if wrong else " though its arguments are the reference's"
    error = f": {shown(call.error_text, 80)}" if call.error_text else ""
    times = f" ({len(attempts)} attempts)" if len(attempts) > 1 else ""
    summary = f"{call.name} failed{how} and was never made good{times}{error}"
    confidence = _weighed(0.85, case.lacked(action))
    return cause("tool_error_not_recovered", confidence, summary, tuple(other.line for other in attempts), call.turn)


def _wrong_tool(case: Case, action: GoldAction, call: Call) -> Iterator[Cause]:
    mattered = _either(case.lacked(action), case.mattered(call.name, call.args))
    record = _listed(sorted(record_ids(call.args) & record_ids(action.args)))
    what = f" for {record}" if record else ""
    if case.call_writes(call):
        summary = f"{call.name}{what} where the reference has {action.name}"
        yield cause("wrong_tool", _weighed(0.8, mattered), summary, (call.line,), call.turn)
        return
    failing = ", which failed," if call.error else ""
    summary = f"{call.name}{what}{failing} in the place of {action.name}, which was never called"
    yield cause("wrong_tool", _weighed(0.7 if call.error else 0.6, mattered), summary, (call.line,), call.turn)
    alternative = f"{_described(action)} was never made; {call.name} in its place may have been meant as a look only"
    yield cause("missing_write", 0.4, alternative, (call.line,), call.turn)


def _instead_of_read(case: Case, action: GoldAction, call: Call) -> Iterator[Cause]:
    mattered = case.mattered(call.name, call.args)
    summary = f"{call.name} where the reference only reads, with {action.name} of the same arguments"
    yield cause("wrong_tool", _weighed(0.75, mattered), summary, (call.line,), call.turn)
    alternative = f"{call.name} changed what the reference leaves alone"
    yield cause("extra_write", _weighed(0.45, mattered), alternative, (call.line,), call.turn)


def _missing(case: Case, pairing: Pairing, action: GoldAction) -> Cause:
    before, _ = slot(case, pairing.anchors, action)
    said = first_agent_message(case, before)
    lines = tuple(one.line for one in (before, said) if one is not None)
    turn = None if said is None else said.turn
    confidence = _weighed(0.75, case.lacked(action))
    if action.requestor == "user":
        asked = asked_for(case, action.name)
        if asked is None:
            summary = f"the user never did {_described(action)}, and the agent never spoke of it"
            return replace(cause("user_action_missing", confidence, summary, lines, turn), owner="agent")
        summary = f"the user never did {_described(action)}, though the agent spoke of it at message {asked.turn}"
        turn = asked.turn if turn is None else max(turn, asked.turn)
        return cause("user_action_missing", confidence, summary, (*lines, asked.line), turn)
    summary = f"{_described(action)} was never made{_never_read(case, action)}"
    return cause("missing_write", confidence, summary, lines, turn)


def _never_read(case: Case, action: GoldAction) -> str:
    """Return why a write may be missing: its record was listed and never looked at, or never even seen."""
    record = next((name for name in action.args if is_id(name)), None)
    ids = [text for text in texts(action.args.get(record)) if is_telling(text)] if record is not None else []
    read = frozenset().union(*case.ids.values())
    unread = [text for text in ids if text not in read]
    for text in unread:
        seen = first_seen(case, text)
        if seen.origin == "result":
            return f"; {text} was listed at message {seen.turn} and never read"
        if seen.origin == "nowhere":
            return f"; {text} never came up"
    return ""


def _first_made(case: Case) -> dict[tuple[str, Hashable], Call]:
    """Return by tool and arguments the first call that did not fail."""
    found: dict[tuple[str, Hashable], Call] = {}
    for call in case.calls:
        if not call.error:
            name, _, args = case.keys[call.i]
            found.setdefault((name, args), call)
    return found


def _extra(case: Case, pairing: Pairing, call: Call, earlier: Call) -> Iterator[Cause]:
    mattered = case.mattered(call.name, call.args)
    if (call.requestor == "user" or case.evidence.of_user(call.name)) and mattered is not True:
        mattered = False
    doubt = 1.0 if pairing.complete or "DB" in case.failed_checks or not case.failed_checks else _BESIDE
    if earlier.i < call.i:
        summary = f"{call.name} was made again with the same arguments"
        yield cause("extra_write", _weighed(0.8 * doubt, mattered), summary, (earlier.line, call.line), call.turn)
        return
    record = _listed(sorted(record_ids(call.args)))
    summary = f"{call.name}{f' for {record}' if record else ''} changed what the reference leaves alone"
    yield cause("extra_write", _weighed(0.75 * doubt, mattered), summary, (call.line,), call.turn)
    meant = [action for action in case.gold if action.i not in pairing.same and not case.needed(action)]
    for action in meant:
        if action.args and action.requestor == call.requestor and fits_into(action.args, call.args):
            text = f"{call.name} may have been called in the place of {action.name}, which has the same arguments"
            yield cause("wrong_tool", _weighed(0.45, mattered), text, (call.line,), call.turn)
            return


def _described(action: GoldAction) -> str:
    """Return a reference action in short: its tool and which record it is for."""
    ids = [f"{name} {shown(value, 40)}" for name, value in action.args.items() if is_id(name)]
    others = [f"{name} {shown(value, 30)}" for name, value in action.args.items() if not is_id(name)]
    return " ".join([action.name, *([f"({', '.join((ids or others)[:3])})"] if action.args else [])])


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:4]) + ("…" if len(names) > 4 else "")
