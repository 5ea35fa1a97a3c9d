"""The event of one tool call: what was asked, what came back, what it changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tau2_tui.events.base import ExecutionEvent, LogLevel
from tau2_tui.events.codec import dumps


@dataclass(eq=False, repr=False)
class ToolExecutionEvent(ExecutionEvent):
    """One tool call of the agent or the user, as it happened.

    ``success`` means that the tool did not fail; it never means that the call matched a reference action. Fields
    from ``args_count`` on that are not given are computed from the arguments and the result.

    Attributes:
        tool_name: name of the tool as it was called.
        tool_args: the arguments.
        tool_call_id: the language model's own id of the call.
        execution_time: seconds inside the environment.
        success: the tool did not fail.
        error_message: text of the failure.
        error_type: class name of the failure.
        requestor: ``assistant`` or ``user``.
        state_changed: a database differs after the call; None when it was not looked at.
        pre_state_hash: hash of the requestor's database before; None when it was not looked at.
        post_state_hash: hash after.
        validation_errors: one text for each argument that the tool refused.
        args_count: number of arguments.
        args_size_bytes: bytes of the arguments as UTF-8 JSON.
        args_complexity_score: descriptive score from 0 to 1.
        args_types: type of each argument.
        has_file_args: an argument names a file.
        has_large_args: the arguments take more than 1024 bytes.
        sensitive_args_detected: an argument holds personal data or a secret.
        sensitive_args: kind, JSON pointer and masked preview of each.
        required_args_provided: the tool's required arguments that were given.
        optional_args_provided: its optional arguments that were given.
        missing_args: its required arguments that were not given.
        unexpected_args: arguments that its signature does not have.
        result: what the tool returned, as a JSON value, whole unless ``result_truncated``.
        result_size: bytes of the result as UTF-8 JSON, before any cut; None when there is none.
        result_type: type of what the tool returned.
        result_complexity_score: descriptive score from 0 to 1.
        result_contains_errors: the result reports an error though the tool did not fail.
        result_truncated: the recorded result was cut.
        result_preview: its first 200 characters.
    """

    tool_name: str = ""
    tool_args: dict[str, Any] = field(default_factory=dict)
    tool_call_id: str | None = None
    execution_time: float | None = None
    success: bool = True
    error_message: str | None = None
    error_type: str | None = None
    requestor: str = "assistant"
    state_changed: bool | None = None
    pre_state_hash: str | None = None
    post_state_hash: str | None = None
    validation_errors: list[str] = field(default_factory=list)
    args_count: int | None = None
    args_size_bytes: int | None = None
    args_complexity_score: float | None = None
    args_types: dict[str, str] | None = None
    has_file_args: bool | None = None
    has_large_args: bool | None = None
    sensitive_args_detected: bool | None = None
    sensitive_args: list[dict[str, Any]] | None = None
    required_args_provided: list[str] = field(default_factory=list)
    optional_args_provided: list[str] = field(default_factory=list)
    missing_args: list[str] = field(default_factory=list)
    unexpected_args: list[str] = field(default_factory=list)
    result: Any = None
    result_size: int | None = None
    result_type: str | None = None
    result_complexity_score: float | None = None
    result_contains_errors: bool | None = None
    result_truncated: bool = False
    result_preview: str | None = None

    def __post_init__(self) -> None:
        """Compute what was not given, and raise the level of a failed call to error."""
        super().__post_init__()
        self._describe_arguments()
        if self.success:
            self._describe_result()
        elif self.level is LogLevel.INFO:
            self.level = LogLevel.ERROR

    def _describe_arguments(self) -> None:
        sizes = (self.args_count, self.args_size_bytes, self.args_complexity_score, self.args_types)
        kinds = (self.has_file_args, self.has_large_args, self.sensitive_args, self.sensitive_args_detected)
        if None not in sizes and None not in kinds:
            return  # it comes from a log: what would find that out need not be imported
        from tau2_tui.events import payload, sensitive

        if self.args_count is None:
            self.args_count = len(self.tool_args)
        if self.args_size_bytes is None:
            self.args_size_bytes = len(dumps(self.tool_args))
        if self.args_complexity_score is None:
            self.args_complexity_score = payload.args_complexity(self.tool_args, self.args_size_bytes)
        if self.args_types is None:
            self.args_types = payload.args_types(self.tool_args)
        if self.has_file_args is None:
            self.has_file_args = payload.has_file_args(self.tool_args)
        if self.has_large_args is None:
            self.has_large_args = self.args_size_bytes > payload.LARGE_ARGS_BYTES
        if self.sensitive_args is None:
            self.sensitive_args = [asdict(hit) for hit in sensitive.find(self.tool_args)]
        if self.sensitive_args_detected is None:
            self.sensitive_args_detected = bool(self.sensitive_args)

    def _describe_result(self) -> None:
        known = (self.result_size, self.result_type, self.result_complexity_score, self.result_contains_errors)
        if None not in known and self.result_preview is not None:
            return
        from tau2_tui.events import payload

        if self.result_size is None:
            self.result_size = len(dumps(self.result)) if self.result is not None else 0
        if self.result_type is None:
            self.result_type = payload.type_name(self.result)
        if self.result_complexity_score is None:
            self.result_complexity_score = payload.result_complexity(self.result, self.result_size)
        if self.result_contains_errors is None:
            self.result_contains_errors = payload.contains_errors(self.result)
        if self.result_preview is None:
            self.result_preview = payload.preview(self.result)
