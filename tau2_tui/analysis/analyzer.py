"""``LogAnalyzer``: the predecessor's interface, every name of it, over the statistics of this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from tau2_tui.analysis.data.reading import read_run
from tau2_tui.analysis.data.records import Run
from tau2_tui.analysis.facade import calls as of_calls
from tau2_tui.analysis.facade.source import Source
from tau2_tui.analysis.shared.plain import plain
from tau2_tui.runlog.log import RunLog

Row = dict[str, Any]

_MOST = 10
_FEWEST_CALLS = 5
"""Calls below which a tool is not ranked among the best: a rate of so few says little."""


class LogAnalyzer:
    """Statistics of one log, as dictionaries and lists that every JSON writer takes.

    Calls are those that agent and user made; replays of the evaluator are not among them. ``success`` of a call means
    that the tool did not fail; of a simulation, that its reward is 1. Times are in seconds, sizes in bytes, costs in US
    dollars; what is not in the log is None. Where the predecessor gave a pandas frame, a list of rows is returned.

    Args:
        source: a path to a log of any format that can be read, an open :class:`~tau2_tui.runlog.RunLog`, a parsed
            document of the predecessor, or events (dataclasses or dictionaries) in a list or from any iterable.
        level: coverage of the intervals.

    Raises:
        LogFormatError: the source cannot be read, or holds no event.
        TypeError: the source is none of these.
    """

    def __init__(self, source: str | Path | RunLog | Mapping[str, Any] | Iterable[Any], *, level: float = 0.95) -> None:
        """Open the source and read what the statistics need of it."""
        if not 0.0 < level < 1.0:
            raise ValueError(f"level must lie between 0 and 1, not {level}")
        self.level = level
        self._source = Source(source)
        try:
            self.run: Run = read_run(self._source.log)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> LogAnalyzer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the log; what needs its texts cannot be asked any more."""
        self._source.close()

    @property
    def log(self) -> RunLog:
        """The open log."""
        return self._source.log

    # What the predecessor's README shows

    def get_comprehensive_analysis(self) -> Row:
        """Return everything: ``basic_stats`` and each of the other analyses under its name."""
        return {
            "basic_stats": self.get_summary_metrics(),
            "task_success": self.get_task_analysis(),
            "performance": self.get_performance_analysis(),
            "arguments": self.get_argument_analysis(),
            "argument_correlations": self.get_argument_correlation_analysis(),
            "results": self.get_result_analysis(),
            "errors": self.get_error_analysis(),
            "temporal": self.get_temporal_analysis(),
            "trends": self.get_performance_trends(),
            "usage": self.get_tool_usage_patterns(),
            "state_changes": self.get_state_change_analysis(),
            "sequences": self.get_tool_sequence_analysis(),
            "requestors": self.get_requestor_analysis(),
            "advanced": self.get_advanced_statistics(),
        }

    def get_performance_analysis(self) -> Row:
        """Return where the time goes: ``slowest_tools`` by mean execution time, and the waits of agent and user."""
        from tau2_tui.analysis.calls.bottlenecks import bottlenecks
        from tau2_tui.analysis.calls.latency import latency

        rows = self.get_tool_performance()
        timed = [row for row in rows if row["avg_execution_time"] is not None]
        return {
            "slowest_tools": sorted(timed, key=lambda row: -row["avg_execution_time"])[:_MOST],
            "fastest_tools": sorted(timed, key=lambda row: row["avg_execution_time"])[:_MOST],
            "tools": rows,
            "bottlenecks": plain(bottlenecks(self.run)),
            "latency": plain(latency(self.run, level=self.level)),
        }

    def get_error_analysis(self) -> Row:
        """Return what failed and how often it was made good: the error patterns, their kinds, and each failure."""
        from tau2_tui.analysis.calls.errors import error_table

        known = {name for _, name in self.run.tools} or None
        return {
            **self.get_error_pattern_analysis(),
            "failures": self.get_failure_analysis(),
            "table": plain(error_table(self.run.calls, known, level=self.level)),
        }

    def get_performance_bottlenecks(self) -> Row:
        """Return ``slowest_operations``, the calls that took longest inside the environment, and the longest waits."""
        from tau2_tui.analysis.calls.bottlenecks import bottlenecks

        found = plain(bottlenecks(self.run))
        return {
            "slowest_operations": of_calls.slow_rows(self.run.calls, -1.0)[:_MOST],
            "slowest_waits": found["slowest"],
            "time_shares": found["shares"],
            "bottlenecks": found,
        }

    def get_tool_efficiency_metrics(self) -> Row:
        """Return the tools by how rarely they fail: ``top_performers``, those to look at, tests against the rest."""
        from tau2_tui.analysis.calls.tools import tool_table, tool_vs_rest

        table = plain(tool_table(self.run.calls, level=self.level))
        rows = [{**row, "success_rate": 1.0 - row["error_rate"]} for row in table]
        ranked = sorted(rows, key=lambda row: (row["error_rate_interval"]["high"] or 0.0, -row["calls"]))
        enough = [row for row in ranked if row["calls"] >= _FEWEST_CALLS]
        return {
            "top_performers": (enough or ranked)[:_MOST],
            "needs_attention": sorted(
                (row for row in rows if row["errors"]), key=lambda row: -(row["error_rate_interval"]["low"] or 0.0)
            )[:_MOST],
            "tools": rows,
            "tool_vs_rest": plain(tool_vs_rest(self.run.calls)),
            "note": "ranked by the upper end of the error rate's interval, so that few calls do not rank first",
        }

    def get_argument_analysis(self) -> Row:
        """Return how many, how complex, how large and of what types the arguments are."""
        from tau2_tui.analysis.calls.arguments import argument_profile
        from tau2_tui.analysis.facade.arguments import argument_analysis

        profile = plain(argument_profile(self.run.calls, self.run.tools))
        return {**argument_analysis(self.run.calls), "profile": profile}

    def get_argument_correlation_analysis(self) -> Row:
        """Return how arguments go with time and success; ``performance_predictors`` are associations, ranked by p."""
        from tau2_tui.analysis.facade.arguments import correlation_analysis

        return correlation_analysis(self.run.calls, self.level)

    def get_temporal_analysis(self) -> Row:
        """Return when calls were made: span, pace and hours of the day (UTC)."""
        from tau2_tui.analysis.facade.times import temporal

        return temporal(self.run)

    # The rest of what its code had

    def get_summary_metrics(self) -> Row:
        """Return the run in numbers."""
        return self._summary

    @cached_property
    def _summary(self) -> Row:
        return of_calls.summary(self.run)

    def get_tool_performance(self) -> list[Row]:
        """Return a row a tool, the most used first: counts, rates, times, and the reference actions it matched."""
        return of_calls.tool_rows(self.run)

    def get_failure_analysis(self) -> list[Row]:
        """Return a row for each tool and kind of failure, the most frequent first."""
        return of_calls.failure_rows(self.run)

    def get_state_change_analysis(self) -> list[Row]:
        """Return a row for each tool and whether its calls changed state."""
        return of_calls.state_change_rows(self.run)

    def get_tool_sequence_analysis(self) -> list[Row]:
        """Return how often one tool followed another in the same simulation, the most frequent first."""
        from tau2_tui.analysis.calls.sequence import ngrams

        rows = [
            {"source": one["tools"][0], "target": one["tools"][1], **{key: one[key] for key in one if key != "tools"}}
            for one in plain(ngrams(self.run.calls, 2))
        ]
        return sorted(rows, key=lambda row: (-row["count"], row["source"], row["target"]))

    def identify_bottlenecks(self, time_threshold: float = 1.0) -> list[Row]:
        """Return the calls that took longer than so many seconds inside the environment, the slowest first."""
        return of_calls.slow_rows(self.run.calls, time_threshold)

    def get_performance_trends(self) -> Row:
        """Return whether success or speed drifts within tasks; a direction is named only when a test shows it."""
        from tau2_tui.analysis.facade.times import trends

        return trends(self.run, self.level)

    def get_tool_usage_patterns(self) -> Row:
        """Return how the calls are spread over the tools."""
        from tau2_tui.analysis.facade.times import usage

        return usage(self.run)

    def get_error_pattern_analysis(self) -> Row:
        """Return how many calls failed, of what kinds, and in which tools."""
        return of_calls.error_patterns(self.run)

    def get_requestor_analysis(self) -> Row:
        """Return the numbers of agent and user apart."""
        return of_calls.requestors(self.run)

    def get_advanced_statistics(self) -> Row:
        """Return how execution times are distributed, the call success rate with its interval, and tool shares."""
        from tau2_tui.analysis.facade.times import advanced

        return advanced(self.run, self.level)

    def get_result_analysis(self) -> Row:
        """Return what the calls gave back: types, sizes, reported errors."""
        from tau2_tui.analysis.facade.arguments import result_analysis

        return result_analysis(self.log, self.run)

    # What it had not

    def get_task_analysis(self) -> Row:
        """Return how often tasks succeed, for new tasks and for the same again, pass^k, and which tasks flip."""
        from tau2_tui.analysis.sections import section

        return dict(plain(section("overview", self.run, level=self.level)))

    def get_failure_causes(self) -> list[Row]:
        """Return why each failed simulation failed, with the lines of the log that show it."""
        from tau2_tui.analysis.blame import blame

        return list(plain(blame(self.log, self.run)))
