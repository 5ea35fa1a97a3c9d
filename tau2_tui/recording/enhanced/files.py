"""The two files of an enhanced run: tau2's results, and the run log beside them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tau2_tui.errors import LogWriteError
from tau2_tui.recording.enhanced.batches import log_beside, made_folder, new_stem
from tau2_tui.recording.enhanced.document import write_document


@dataclass(frozen=True)
class EnhancedFiles:
    """Where an enhanced run writes.

    Attributes:
        results: tau2's own results file.
        log: the run log.
        made: the folders that were made for them, the innermost first.
    """

    results: Path
    log: Path
    made: tuple[Path, ...] = ()

    @classmethod
    def new(cls, folder: str | Path, name: str | None = None) -> EnhancedFiles:
        """Return the files of a run that is about to begin, their folder made.

        Args:
            folder: where.
            name: of the results file, with or without ``.json``; ``enhanced_results_TIME`` unless given.

        Raises:
            LogWriteError: the folder cannot be made, or holds files of that name.
        """
        folder = Path(folder)
        missing = tuple(path for path in (folder, *folder.parents) if not path.exists())
        made_folder(folder)
        stem = folder / name.removesuffix(".json") if name is not None else new_stem(folder)
        results = stem.with_name(f"{stem.name}.json")
        files = cls(results, log_beside(results), missing)
        taken = next((path for path in (files.results, files.log, files.document) if os.path.lexists(path)), None)
        if taken is not None:
            raise LogWriteError(f"{taken}: exists already; choose another name")
        return files

    @property
    def document(self) -> Path:
        """Where the predecessor's document belongs."""
        return self.log.with_suffix(".json")

    @contextlib.contextmanager
    def begun(self) -> Iterator[None]:
        """Take away again the folders that were made, when what is done inside fails before anything is in them."""
        try:
            yield
        except BaseException:
            for folder in self.made:
                with contextlib.suppress(OSError):  # it is not empty
                    folder.rmdir()
            raise

    def write_document(self) -> Path:
        """Write the predecessor's document from the log, and return where it is."""
        write_document(self.log, self.document)
        return self.document
