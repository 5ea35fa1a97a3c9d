from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tau2_tui.errors import LogFormatError
from tau2_tui.events import (
    ExecutionEvent,
    MessageEvent,
    RunEndEvent,
    SimulationEndEvent,
    SimulationStartEvent,
    chain,
)
from tau2_tui.logging import ExecutionLogger
from tau2_tui.runlog import blocks
from tau2_tui.runlog import verify as verify_module
from tau2_tui.runlog.verify import VerifyReport, verify
from tests.runlog.naive import log_of, sealed
from tests.support.small_log import write_small_log

WITHOUT = "is of a format without a hash chain"


def tiny() -> bytes:
    return log_of(
        [
            ExecutionEvent(timestamp=1.76e9),
            SimulationStartEvent(timestamp=1.76e9, simulation_id="s", task_id="t", trial=0),
            SimulationEndEvent(timestamp=1.76e9, simulation_id="s", task_id="t", trial=0),
            RunEndEvent(timestamp=1.76e9),
        ]
    )


def report_of(path: Path, content: bytes) -> VerifyReport:
    path.write_bytes(content)
    return verify(path)


def line_of(content: bytes, at: int) -> int:
    """Return the number, from 1, of the line in which a byte stands; a line feed belongs to the line it ends."""
    return content.count(b"\n", 0, at) + 1


def test_a_whole_log_is_intact_and_complete(small_log: Path) -> None:
    content = small_log.read_bytes()
    report = verify(small_log)
    assert report.ok and report.complete and report.torn_bytes == 0 and report.bad_lines == 0
    assert (report.lines, report.bytes) == (content.count(b"\n"), len(content))
    assert (report.first_bad_line, report.first_bad_offset, report.reason) == (None, None, None)
    assert report.chain == content[-35:-3].decode()
    assert (report.simulations_ended, report.simulations_running) == (2, 0)
    assert [(one.simulation_id, one.task_id, one.trial, one.whole) for one in report.simulations] == [
        ("sim-0", "create_task_1", 0, True),
        ("sim-1", "update_task_1", 0, True),
    ]
    lines = content.split(b"\n")
    for one in report.simulations:
        assert one.begun and b"SimulationStartEvent" in lines[one.begun - 1]
        assert one.ended and b"SimulationEndEvent" in lines[one.ended - 1]


def test_any_other_byte_at_any_place_is_found_in_its_line(tmp_path: Path) -> None:
    content = tiny()
    path = tmp_path / "run.jsonl"
    for at, byte in enumerate(content):
        for other in {byte ^ 1, byte ^ 0x20, byte ^ 0x80, 10, 0, 32} - {byte}:
            report = report_of(path, content[:at] + bytes([other]) + content[at + 1 :])
            assert (report.ok, report.first_bad_line) == (False, line_of(content, at)), (at, other, report)
            assert report.reason and report.first_bad_offset == content.rfind(b"\n", 0, at) + 1


@settings(max_examples=300)
@given(st.data())
def test_a_changed_byte_in_a_recorded_log_is_found_in_its_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("verify")
    content = write_small_log(folder / "run.jsonl").read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != content[at]))
    report = report_of(folder / "bad.jsonl", content[:at] + bytes([other]) + content[at + 1 :])
    assert (report.ok, report.first_bad_line) == (False, line_of(content, at))


@given(st.data())
def test_where_blocks_end_makes_no_difference(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("verify")
    content = bytearray(write_small_log(folder / "run.jsonl", finished=data.draw(st.booleans())).read_bytes())
    if data.draw(st.booleans()):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1
    del content[len(content) - data.draw(st.sampled_from([0, 0, 1, 300])) :]
    expected = report_of(folder / "run.jsonl", bytes(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", data.draw(st.integers(1, 3000)))
        patch.setattr(verify_module, "BLOCK_BYTES", 100)
        patch.setattr(blocks, "LINE_LIMIT", data.draw(st.sampled_from([600, 1 << 20])))
        report = verify(folder / "run.jsonl")
    for name in ("ok", "complete", "first_bad_line", "first_bad_offset", "lines", "torn_bytes", "chain"):
        assert getattr(report, name) == getattr(expected, name)


def test_a_log_cut_at_any_place_is_intact_up_to_its_last_whole_line(tmp_path: Path) -> None:
    content = tiny()
    path = tmp_path / "run.jsonl"
    for end in range(1, len(content)):
        report = report_of(path, content[:end])
        whole = content.rfind(b"\n", 0, end) + 1
        assert report.ok and not report.complete, end
        assert (report.lines, report.torn_bytes) == (content.count(b"\n", 0, end), end - whole)


def test_zero_bytes_that_a_power_failure_leaves_are_a_torn_line(tmp_path: Path) -> None:
    content = tiny()
    for cut in (content, content[:-200]):
        report = report_of(tmp_path / "run.jsonl", cut + b"\0" * 300)
        assert report.ok and not report.complete and report.torn_bytes >= 300


def test_lines_removed_added_moved_and_replaced(tmp_path: Path) -> None:
    lines = tiny().splitlines(keepends=True)
    path = tmp_path / "run.jsonl"
    forged = chain.seal(chain.ZERO, b'{"seq":2,"timestamp":1.0,"event_type":"X"')[0]
    for changed, line, reason in [
        (lines[1:], 1, "seq gap: number 1 stands where 0 should, and the chain is broken"),
        ([lines[0], *lines[2:]], 2, "seq gap: number 2 stands where 1 should, and the chain is broken"),
        ([lines[0], lines[2], lines[1], lines[3]], 2, "seq gap"),
        ([*lines[:2], lines[1], *lines[2:]], 3, "seq gap"),
        ([*lines[:2], forged, *lines[3:]], 3, "chain broken: the line was changed"),
        ([*lines[:2], b"\n", *lines[2:]], 3, "empty line"),
        ([*lines[:2], b"[]\n", *lines[2:]], 3, "not an object but an array"),
        ([lines[0].replace(b"\n", b"\r\n"), *lines[1:]], 1, "it does not end in a chain"),
        ([b"\xef\xbb\xbf" + lines[0], *lines[1:]], 1, "not JSON"),
        ([*lines, b"trailing words"], 5, "it is not the beginning of a line"),
        ([*lines[:3], lines[3][:-1] + b" "], 4, "the line feed at its end was changed"),
    ]:
        report = report_of(path, b"".join(changed))
        assert not report.ok and report.first_bad_line == line
        assert report.reason and report.reason.startswith(reason)


def test_numbers_with_a_gap_are_found_though_the_chain_fits(tmp_path: Path) -> None:
    bodies = [b'{"seq":%d,"timestamp":1.0,"event_type":"X"' % seq for seq in (0, 1, 3, 4)]
    report = report_of(tmp_path / "run.jsonl", sealed(bodies))
    assert (report.first_bad_line, report.reason, report.bad_lines) == (3, "seq gap: number 3 stands where 2 should", 1)


def test_only_what_ended_before_the_first_wrong_line_is_whole(small_log: Path) -> None:
    content = bytearray(small_log.read_bytes())
    content[content.rindex(b'"tool_name":"create_task"') + 15] ^= 1
    small_log.write_bytes(content)
    report = verify(small_log)
    assert [one.whole for one in report.simulations] == [True, False]
    assert report.bad_lines == 1


def test_simulations_that_have_not_ended_are_counted(tmp_path: Path) -> None:
    path = write_small_log(tmp_path / "run.jsonl", finished=False)
    content = path.read_bytes()
    report = report_of(path, content[: content.rindex(b"SimulationEndEvent")])
    assert report.ok and (report.simulations_ended, report.simulations_running) == (1, 1)
    assert report.simulations[1].ended is None and not report.simulations[1].whole


def test_events_inside_of_events_are_no_simulations(tmp_path: Path) -> None:
    inner = {"x": 1, "event_type": "SimulationStartEvent", "simulation_id": "no"}
    report = report_of(tmp_path / "run.jsonl", log_of([MessageEvent(timestamp=1.76e9, metadata=inner)]))
    assert report.ok and report.simulations == ()


def test_a_repaired_log_is_intact(tmp_path: Path) -> None:
    path = write_small_log(tmp_path / "run.jsonl", finished=False)
    path.write_bytes(path.read_bytes()[:-25])
    assert verify(path).torn_bytes > 0
    with ExecutionLogger(path) as logger:
        logger.log_event(RunEndEvent())
    report = verify(path)
    assert report.ok and report.complete


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x7fELF\0\0", "is a binary file, not a run log"),
        (b'{"event_type": "X", "seq": 1}\n', "its events carry no hash chain, so there is nothing to verify"),
        (b'{"info": {"num_trials": 1}, "simulations": []}', f"{WITHOUT} (tau2 results), so there is nothing to verify"),
        (b'[{"a": 1}]\n', "is JSON of another format, not a run log"),
    ],
)
def test_what_cannot_be_verified_is_said_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LogFormatError) as error:
        verify(path)
    assert str(error.value) == f"{path}: {message}"


def test_a_folder_of_results_has_nothing_to_verify(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"info": {"num_trials": 1}}')
    with pytest.raises(LogFormatError, match=WITHOUT):
        verify(tmp_path)
    (tmp_path / "results.json").unlink()
    with pytest.raises(LogFormatError, match="is a directory"):
        verify(tmp_path)


def test_verification_can_be_cancelled(small_log: Path) -> None:
    assert verify(small_log, cancelled=lambda: True).lines == 0
