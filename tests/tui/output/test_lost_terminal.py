from __future__ import annotations

import os

from textual.drivers._writer_thread import WriterThread

from tau2_tui.tui.output.lost_terminal import ForgivingFile


def test_the_thread_that_writes_outlives_its_terminal() -> None:
    controller, terminal = os.openpty()
    with os.fdopen(terminal, "w", buffering=1) as file:
        os.close(controller)
        writer = WriterThread(ForgivingFile(file))  # type: ignore[arg-type]
        writer.daemon = True
        writer.start()
        for _ in range(100):
            writer.write("text\n")
        writer.stop()
        assert not writer.is_alive()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())  # what is left in the buffer
        os.close(nowhere)
