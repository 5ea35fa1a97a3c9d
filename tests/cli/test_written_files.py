"""Every file that a command writes: for its owner only, never through a link, and never a half one."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import one_error, run
from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation

COMMANDS = {
    "csv": ["export", "{file}", "--to", "csv", "-o", "{out}/tables"],
    "parquet": ["export", "{file}", "--to", "parquet", "-o", "{out}/tables"],
    "jsonl": ["export", "{file}", "--to", "jsonl", "-o", "{out}/tables"],
    "json": ["export", "{file}", "--to", "json", "-o", "{out}/all.json"],
    "tau2": ["export", "{file}", "--to", "tau2", "-o", "{out}/tau2.json"],
    "import": ["import", "{file}", "-o", "{out}/log.jsonl", "--no-replay"],
    "html": ["report", "{file}", "-o", "{out}/report.html"],
    "markdown": ["report", "{file}", "-o", "{out}/report.md"],
}
TARGETS = {
    "csv": "tables/events.csv",
    "parquet": "tables/events.parquet",
    "jsonl": "tables/events.jsonl",
    "json": "all.json",
    "tau2": "tau2.json",
    "import": "log.jsonl",
    "html": "report.html",
    "markdown": "report.md",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results(simulation(says("hi"), asks(call("a")), answer("ok")))))
    return path


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Directories of a user whose mask hides nothing from anybody."""
    for name in ("cache", "data", "temporary"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    before = os.umask(0)
    yield
    os.umask(before)


def words(name: str, file: Path, out: Path) -> list[str]:
    return [word.format(file=file, out=out) for word in COMMANDS[name]]


def others_may(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode) & 0o077


@pytest.mark.parametrize("name", COMMANDS)
def test_only_the_owner_may_read_what_is_written(file: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert run(*words(name, file, out)).code == 0
    written = [path for folder in (out, tmp_path / "cache" / "tau2-tui") for path in folder.rglob("*")]
    assert (out / TARGETS[name]) in written and any("converted" in path.parts for path in written)
    files = [path for path in written if path.is_file()]
    assert [path for path in files if others_may(path)] == []
    assert others_may(tmp_path / "cache" / "tau2-tui" / "converted") == 0
    assert list((tmp_path / "temporary").iterdir()) == []
    assert [path for path in files if path.name.startswith(".") or path.suffix in (".tmp", ".part")] == []


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("leads", ["to a file", "nowhere"])
def test_a_link_is_refused_and_with_force_replaced_but_never_followed(
    file: Path, tmp_path: Path, name: str, leads: str
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    target = out / TARGETS[name]
    target.parent.mkdir(parents=True)
    if leads == "to a file":
        other.write_text("mine")
    target.symlink_to(other)
    assert "exists" in one_error(run(*words(name, file, out)))
    assert target.is_symlink()
    assert run(*words(name, file, out), "--force").code == 0
    assert not target.is_symlink() and target.stat().st_size > 4
    assert other.read_text() == "mine" if leads == "to a file" else not other.exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_written_leaves_nothing(
    file: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    done = run(*words(name, file, out))
    assert done.code == 2 and "No space left on device" in done.err and "Traceback" not in done.err
    left = [
        path for folder in (out, tmp_path / "temporary", tmp_path / "cache" / "tau2-tui") for path in folder.rglob("*")
    ]
    assert [path for path in left if path.is_file()] == []


SECRET = "sk-verysecret-123"
SETTINGS = [
    {"api_key": SECRET},
    {"fallbacks": [{"model": "m", "apiKey": SECRET}]},
    {"extra_headers": {"Authorization": f"Bearer {SECRET}"}},
    {"headers": {"Ocp-Apim-Subscription-Key": SECRET}},
    {"api_base": f"https://me:{SECRET}@host/v1"},
    {"api_base": f"https://host/v1?version=1&subscription-key={SECRET}"},
]
"""Arguments of a model that hold a key, wherever it may stand."""


def test_keys_in_a_results_file_are_in_nothing_that_is_made_of_it(file: Path, tmp_path: Path) -> None:
    document = json.loads(file.read_bytes())
    document["info"]["agent_info"]["llm_args"] = {str(place): one for place, one in enumerate(SETTINGS)}
    document["evaluation"] = {"judge_llm_args": {"api_key": SECRET}}
    file.write_text(json.dumps(document))
    out = tmp_path / "out"
    out.mkdir()
    for name in COMMANDS:
        assert run(*words(name, file, out)).code == 0
    shown = [
        run("show", file, "--json"),
        run("show", file, "--seq", "0"),
        run("events", file, "--json"),
        run("ls", file),
    ]
    shown += [run("stats", file, "--json"), run("search", file, "sk-very"), run("show", file, "--seq", "0", "--json")]
    for done in shown:
        assert b"sk-verysecret" not in done.raw and "sk-verysecret" not in done.err
    files = [path for folder in (out, tmp_path / "cache" / "tau2-tui") for path in folder.rglob("*") if path.is_file()]
    assert len(files) > len(COMMANDS)
    assert [path for path in files if b"sk-verysecret" in path.read_bytes()] == []
