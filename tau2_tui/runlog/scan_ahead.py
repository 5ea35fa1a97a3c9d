"""Blocks of a file scanned ahead of where they are wanted, on as many processors as there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from tau2_tui.runlog.outline import Outline, processors
from tau2_tui.runlog.scan import BlockScanner, Scanned
from tau2_tui.runlog.source import LogFile

Block = tuple[BlockScanner, int, Scanned | None]
"""What scanned a block, and holds its bytes until the next one is asked for; how long it should be; what is in it."""


class ScannedAhead:
    """The blocks of whole lines of an outline from some byte on, each scanned by a thread.

    Iteration ends before a line that no block holds. Array operations let go of the interpreter's lock, so that the
    threads run side by side.

    Args:
        file: the file.
        scanner: whose hashes the scanners share; it learns the length of envelopes for all of them.
        outline: where the lines start.
        position: the byte to begin at: where one of these lines starts.
        block_bytes: the most that is scanned at once.
        threads: how many scan; None for as many as there are processors.
    """

    def __init__(
        self,
        file: LogFile,
        scanner: BlockScanner,
        outline: Outline,
        position: int,
        block_bytes: int,
        threads: int | None = None,
    ) -> None:
        self._file = file
        self._scanner = scanner
        self._outline = outline
        self._position = position
        self._block_bytes = block_bytes
        self._threads = threads or processors()
        self._pool = ThreadPoolExecutor(self._threads, "run log scan")

    def __enter__(self) -> ScannedAhead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[Block]:
        if self._threads == 1:  # no other one to wait for: here, without a thread in between
            only = BlockScanner(self._block_bytes, self._scanner)
            for start, stop in self._blocks():
                yield self._scan(only, start, stop - start)
            return
        scanners = deque(BlockScanner(self._block_bytes, self._scanner) for _ in range(self._threads + 1))
        waiting: deque[Future[Block]] = deque()
        for start, stop in self._blocks():
            scanner = scanners.popleft()
            scanners.append(scanner)
            waiting.append(self._pool.submit(self._scan, scanner, start, stop - start))
            if len(waiting) == self._threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield the first byte of each block, and the byte after it."""
        starts, start = self._outline.starts, self._position
        while start < self._outline.end:
            stop = self._outline.end
            if stop - start > self._block_bytes:
                stop = int(starts[np.searchsorted(starts, start + self._block_bytes, "right") - 1])
            if stop <= start:
                return
            yield start, stop
            start = stop

    def _scan(self, scanner: BlockScanner, start: int, length: int) -> Block:
        scanner.widen(self._scanner.envelope_bytes)
        done = self._file.read_into(scanner.buffer[:length], start)
        outline, edges = self._outline, [start, start + length]
        first, stop = np.searchsorted(outline.starts, edges)
        ends = np.append(outline.starts[first + 1 : stop], start + length) - (start + 1)
        left, right = np.searchsorted(outline.controls, edges)
        return scanner, length, scanner.scan(done, (ends, outline.controls[left:right] - start))
