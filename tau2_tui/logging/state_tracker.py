"""Snapshots of a changing state, and what changed between them."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tau2_tui.errors import LogFormatError
from tau2_tui.events.changes import Change, describe, diff
from tau2_tui.events.codec import dumps, loads
from tau2_tui.whole_file import new_file


@dataclass(frozen=True)
class StateSnapshot:
    """A state at a moment, independent of whatever happens to the original afterwards.

    Attributes:
        step_number: 0, 1, 2 … in the order of taking.
        timestamp: seconds since the epoch.
        action_trigger: what was done just before.
        state_json: the state as canonical JSON (keys sorted).
        state_hash: BLAKE2b-128 of that JSON in hex, None when hashing is off.
        metadata: what the caller added.
    """

    step_number: int
    timestamp: float
    action_trigger: str
    state_json: bytes
    state_hash: str | None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def state_data(self) -> Any:
        """A fresh copy of the state as a JSON value."""
        return loads(self.state_json)

    def to_dict(self) -> dict[str, Any]:
        """Return the snapshot as a JSON object, ``state_data`` included."""
        return {
            "step_number": self.step_number,
            "timestamp": self.timestamp,
            "action_trigger": self.action_trigger,
            "state_hash": self.state_hash,
            "metadata": self.metadata,
            "state_data": self.state_data,
        }


@dataclass(frozen=True)
class StateDifference:
    """What changed from one snapshot to the next.

    Attributes:
        from_step: number of the earlier snapshot.
        to_step: number of the later one.
        action_trigger: what was done between them.
        timestamp: time of the later one, seconds since the epoch.
        changes: RFC 6902 operations with ``old``, at every depth.
        state_diff: the changes in one line.
    """

    from_step: int
    to_step: int
    action_trigger: str
    timestamp: float
    changes: list[Change]
    state_diff: str


class StateTracker:
    """Keep snapshots of a state and tell what changed, at every depth. Safe to use from several threads.

    Args:
        max_snapshots: older ones are forgotten.
        auto_snapshot: let ``track_tool_execution`` take a snapshot when the state changed.
        track_state_hash: hash each snapshot.
    """

    def __init__(self, max_snapshots: int = 1000, auto_snapshot: bool = True, track_state_hash: bool = True) -> None:
        if max_snapshots < 1:
            raise ValueError(f"max_snapshots must be at least 1, not {max_snapshots}")
        self.max_snapshots = max_snapshots
        self.auto_snapshot = auto_snapshot
        self.track_state_hash = track_state_hash
        self._snapshots: deque[StateSnapshot] = deque(maxlen=max_snapshots)
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def snapshots(self) -> list[StateSnapshot]:
        """The snapshots still kept, oldest first."""
        with self._lock:
            return list(self._snapshots)

    def create_snapshot(
        self, state_data: Any, action_trigger: str = "manual", metadata: dict[str, Any] | None = None
    ) -> StateSnapshot:
        """Take a snapshot of ``state_data``: any JSON value, pydantic model or dataclass."""
        with self._lock:
            return self._keep(dumps(state_data, sort_keys=True), action_trigger, metadata)

    def snapshot_if_changed(
        self, state_data: Any, action_trigger: str = "manual", metadata: dict[str, Any] | None = None
    ) -> StateSnapshot | None:
        """Take a snapshot unless the state equals the latest one's; return it, or None."""
        state_json = dumps(state_data, sort_keys=True)
        with self._lock:
            unchanged = bool(self._snapshots) and self._snapshots[-1].state_json == state_json
            return None if unchanged else self._keep(state_json, action_trigger, metadata)

    def track_tool_execution(
        self, tool_name: str, state_data: Any, success: bool = True, metadata: dict[str, Any] | None = None
    ) -> StateSnapshot | None:
        """After a tool call: with ``auto_snapshot``, take a snapshot ``after_<tool>`` if the state changed."""
        if not self.auto_snapshot:
            return None
        details = {"tool": tool_name, "success": success, **(metadata or {})}
        return self.snapshot_if_changed(state_data, f"after_{tool_name}", details)

    def _keep(self, state_json: bytes, action_trigger: str, metadata: dict[str, Any] | None) -> StateSnapshot:
        """Keep a snapshot, under the lock."""
        state_hash = blake2b(state_json, digest_size=16).hexdigest() if self.track_state_hash else None
        details = loads(dumps(metadata or {}))
        snapshot = StateSnapshot(self._taken, time.time(), action_trigger, state_json, state_hash, details)
        self._taken += 1
        self._snapshots.append(snapshot)
        return snapshot

    def create_state_diff(self, before: StateSnapshot, after: StateSnapshot) -> StateDifference:
        """Return what changed from one snapshot to another."""
        changes = [] if before.state_json == after.state_json else diff(before.state_data, after.state_data)
        return StateDifference(
            before.step_number, after.step_number, after.action_trigger, after.timestamp, changes, describe(changes)
        )

    def get_state_changes(self) -> list[StateDifference]:
        """Return the differences of each two neighbouring snapshots that differ, oldest first."""
        pairs = itertools.pairwise(self.snapshots)
        return [self.create_state_diff(a, b) for a, b in pairs if a.state_json != b.state_json]

    def export_snapshots(self, path: str | Path, format: str = "json") -> int:
        """Write the kept snapshots to a file as ``json`` (one document) or ``jsonl``; return how many.

        Raises:
            ValueError: unknown format.
            LogWriteError: the file cannot be written.
        """
        if format not in ("json", "jsonl"):
            raise ValueError(f"unknown format {format!r}: choose json or jsonl")
        rows = [snapshot.to_dict() for snapshot in self.snapshots]
        if format == "json":
            metadata = {"export_timestamp": time.time(), "total_snapshots": len(rows)}
            data = dumps({"snapshots": rows, "metadata": metadata}) + b"\n"
        else:
            data = b"".join(dumps(row) + b"\n" for row in rows)
        with new_file(Path(path)) as out:
            out.write(data)
        return len(rows)

    def load_snapshots_from_file(self, path: str | Path) -> list[StateSnapshot]:
        """Read exported snapshots, take them over in place of the kept ones, and return those that are kept.

        Raises:
            LogFormatError: the file cannot be read or holds no snapshots.
        """
        source = Path(path)
        try:
            loaded = _parse(source.read_bytes(), source)
        except OSError as error:
            raise LogFormatError(f"{source}: cannot read it: {error.strerror or error}") from error
        with self._lock:
            self._snapshots.clear()
            self._snapshots.extend(loaded)
            self._taken = max((s.step_number for s in loaded), default=-1) + 1
            return list(self._snapshots)


def _parse(data: bytes, source: Path) -> list[StateSnapshot]:
    try:
        document = loads(data)
        rows = document["snapshots"]
    except (ValueError, KeyError, TypeError):
        try:
            rows = [loads(line) for line in data.splitlines() if line.strip()]
        except ValueError as error:
            raise LogFormatError(f"{source}: no snapshots: {error}") from error
    try:
        return [_snapshot(row) for row in rows]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise LogFormatError(f"{source}: no snapshots: {type(error).__name__}: {error}") from error


def _snapshot(row: dict[str, Any]) -> StateSnapshot:
    return StateSnapshot(
        step_number=int(row["step_number"]),
        timestamp=float(row["timestamp"]),
        action_trigger=str(row["action_trigger"]),
        state_json=dumps(row["state_data"], sort_keys=True),
        state_hash=row.get("state_hash"),
        metadata=dict(row.get("metadata") or {}),
    )
