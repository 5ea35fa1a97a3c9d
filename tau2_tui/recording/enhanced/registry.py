"""Enhanced domains in tau2's registry: a recorded twin of each domain, under its name with ``_enhanced``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tau2_tui.recording import tau2_api
from tau2_tui.recording.call_observer import SnapshotMode
from tau2_tui.recording.enhanced.batches import TwinSettings
from tau2_tui.recording.enhanced.names import SUFFIX, enhanced_name
from tau2_tui.recording.enhanced.twin import Twin
from tau2_tui.recording.enhanced.watcher import Watcher
from tau2_tui.recording.tau2_api.own_runner import watch

_settings = TwinSettings()
_twins: dict[str, Twin] = {}
_lock = threading.RLock()
_watcher: Watcher | None = None


class EnhancedDomainRegistry:
    """Registers recorded twins of domains with tau2's own registry, so that tau2's runner and command line know them.

    tau2 has one registry a process, and so there is one set of twins: every instance of this class sees it. What is
    registered again replaces what was there.

    Args:
        log_dir: folder for logs that have no results file of tau2's to stand beside; ``$TAU2_TUI_LOG_DIR`` or
            ``enhanced_logs`` unless given here or before.
        snapshots: when the state is looked at: ``all`` (before and after each call) unless given here or before.

    Raises:
        RecordingError: no tau2-bench can be imported.
    """

    def __init__(self, log_dir: str | Path | None = None, snapshots: SnapshotMode | None = None) -> None:
        self._tau2 = tau2_api.load()
        if log_dir is not None:
            _settings.log_dir = Path(log_dir)
        if snapshots is not None:
            _settings.snapshots = snapshots

    def register_all_available_domains(self) -> dict[str, str]:
        """Register a twin of every domain that tau2 knows; return the twins' names by the originals'."""
        for domain in self._tau2.domains():
            if domain not in _twins and not domain.endswith(SUFFIX):
                self.register_enhanced_domain(domain, *self._tau2.registered(domain))
        return self.get_enhanced_domains()

    def register_enhanced_domain(
        self,
        domain_name: str,
        original_get_environment: Callable[..., Any],
        original_get_tasks: Callable[..., Any] | None = None,
        original_get_task_splits: Callable[[], Any] | None = None,
    ) -> str:
        """Register the twin of one domain, which need not be known to tau2; return the twin's name.

        Args:
            domain_name: name of the original: ``custom`` makes ``custom_enhanced``.
            original_get_environment: makes its environments; they keep their class and all that they can do.
            original_get_tasks: loads its tasks, takes ``task_split_name`` or nothing.
            original_get_task_splits: loads its splits.
        """
        watcher = self._watcher()
        with _lock:
            name = enhanced_name(domain_name)
            twin = Twin(
                name.removesuffix(SUFFIX),
                original_get_environment,
                original_get_tasks,
                original_get_task_splits,
                watcher.logger_of_calls,
                lambda: _settings.snapshots,
            )
            _twins[name] = twin
            self._tau2.register_domain(
                name,
                twin.environment,
                twin.tasks if original_get_tasks is not None else None,
                twin.task_splits if original_get_task_splits is not None else None,
            )
            return name

    def get_enhanced_domains(self) -> dict[str, str]:
        """Return the registered twins' names by the originals'."""
        return {twin.domain: name for name, twin in _twins.items()}

    def is_enhanced_domain(self, domain_name: str) -> bool:
        """Return whether a name is that of a registered twin."""
        return domain_name in _twins

    def get_original_domain_name(self, domain_name: str) -> str:
        """Return the name of the domain that a twin records; any other name is returned as it is."""
        return _twins[domain_name].domain if domain_name in _twins else domain_name

    def _watcher(self) -> Watcher:
        global _watcher
        with _lock:
            if _watcher is None:
                _watcher = Watcher(self._tau2, _settings, _twins)
                watch(self._tau2, _watcher)
            return _watcher


def register_enhanced_domains(log_dir: str | Path | None = None) -> dict[str, str]:
    """Register a recorded twin of every domain with tau2's own registry; return their names by the originals'.

    Args:
        log_dir: as :class:`EnhancedDomainRegistry` takes it.

    Raises:
        RecordingError: no tau2-bench can be imported.
    """
    return EnhancedDomainRegistry(log_dir).register_all_available_domains()


def close_logs() -> None:
    """Write what is left of simulations recorded under tau2's own runner, and close their logs, as the exit does."""
    if _watcher is not None:
        _watcher.close()
