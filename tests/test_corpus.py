"""Small files made to be trouble, through every reader and every command that works without tau2-bench."""

from __future__ import annotations

from pathlib import Path

import pytest

from tau2_tui.errors import Tau2TuiError
from tau2_tui.runlog import RunLog, decompress, formats, opening
from tau2_tui.runlog.summary import summarize
from tau2_tui.runlog.verify import verify
from tests.cli.command import run
from tests.runlog.damages import UNPACKED_BYTES, no_hang
from tests.runlog.formats.test_corruption import check_log
from tests.support.hostile_text import DANGEROUS

FOLDER = Path(__file__).parent / "corpus" / "files"
FILES = sorted(path for path in FOLDER.iterdir() if not path.name.startswith("."))
NAMES = [path.name for path in FILES]

QUICK = {
    "ls": ["ls", "{file}"],
    "ls of the folder": ["ls", "{folder}", "--json"],
    "show": ["show", "{file}", "--gold"],
    "show --json": ["show", "{file}", "--json"],
    "events": ["events", "{file}", "--limit", "40"],
    "search": ["search", "{file}", "a.c|x"],
    "diff": ["diff", "{file}"],
    "verify": ["verify", "{file}"],
    "import": ["import", "{file}", "-o", "{out}/log.jsonl", "--no-replay"],
    "export csv": ["export", "{file}", "--to", "csv", "-o", "{out}"],
    "export json": ["export", "{file}", "--to", "json", "-o", "{out}/all.json"],
    "export tau2": ["export", "{file}", "--to", "tau2", "-o", "{out}/results.json"],
}
THOROUGH = {
    "export parquet": ["export", "{file}", "--to", "parquet", "-o", "{out}"],
    "stats": ["stats", "{file}", "--section", "all", "--all"],
    "stats --json": ["stats", "{file}", "--json"],
    "compare": ["compare", "{file}", "{file}"],
    "report": ["report", "{file}", "-o", "{out}/report.html"],
    "report, Markdown": ["report", "{file}", "-o", "{out}/report.md", "--transcripts", "all"],
}
SAMPLED = ["wrong-types.json", "log-wrong-types.jsonl", "escapes.json"]


@pytest.fixture(autouse=True)
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(decompress.LIMIT_VARIABLE, str(UNPACKED_BYTES))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_reader(path: Path, tmp_path: Path) -> None:
    notices: list[str] = []
    with no_hang(60):
        for open_log in (opening.open_log, RunLog.open):
            try:
                with open_log(path, index="now") as log:
                    check_log(log, notices, tmp_path / "exported.json")
            except Tau2TuiError as error:
                assert "\n" not in str(error)
        try:
            for event in formats.read(path).events:
                event.to_dict()
        except Tau2TuiError as error:
            assert "\n" not in str(error)
        try:
            summarize(RunLog.open(path, index="now"))
            verify(path)
        except Tau2TuiError as error:
            assert "\n" not in str(error)


def check_command(words: list[str], path: Path, out: Path) -> None:
    with no_hang(120):
        done = run(*(word.format(file=path, folder=path.parent, out=out) for word in words))
    assert done.code in (0, 1, 2), done
    assert "Traceback" not in done.err
    if words[-1] != "--json":
        shown = (done.raw.decode("utf-8") + done.err).replace("\n", "").replace("\t", "")
        assert DANGEROUS.search(shown) is None
    known = {"log.jsonl", "all.json", "results.json", "report.html", "report.md"}
    tables = {f"{name}.{form}" for name in ("events", "simulations", "tool_calls") for form in ("csv", "parquet")}
    assert {found.name for found in out.parent.rglob("*")} <= known | tables | {"out"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "alone" / "out").mkdir(parents=True)
    return tmp_path / "alone" / "out"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_quick_command(path: Path, out: Path) -> None:
    for name, words in QUICK.items():
        if name != "ls of the folder":
            check_command(words, path, out)


def test_a_folder_of_all_of_them_is_listed(out: Path) -> None:
    check_command(QUICK["ls of the folder"], FILES[0], out)


@pytest.mark.parametrize("name", SAMPLED)
def test_every_thorough_command(name: str, out: Path) -> None:
    for words in THOROUGH.values():
        check_command(words, FOLDER / name, out)


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_thorough_command_on_every_file(path: Path, out: Path) -> None:
    for words in THOROUGH.values():
        check_command(words, path, out)
