"""Names of files that attack the terminal, in everything that a command prints, and names that lead elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tau2_tui.cli import page
from tests.cli.command import run
from tests.runlog.formats.results_documents import answer, asks, call, results, says, simulation
from tests.support.hostile_text import ATTACKS, DANGEROUS

ATTACK = "".join(ATTACKS).replace("\x00", "").replace("/", "∕")[:70] + "\x9b31m\x9d0;EVIL\x9c\u202eEVIL\u200b"
"""Short enough for the name of a file, and with what JSON does not escape by itself."""
CLEARED = "\r\x1b[K"
"""What takes a line of progress away, on standard error."""

STYLES = re.compile("|".join(re.escape(f"\x1b[{code}m") for code in {"0", *page._CODES.values()}))
"""The styles that a command itself writes where there are colours; the attacks hold none of them."""

COMMANDS = {
    "ls": ["ls", "{file}"],
    "ls of a folder": ["ls", "{folder}"],
    "show": ["show", "{file}", "--task", "no such task"],
    "show --seq": ["show", "{file}", "--seq", "99999"],
    "events": ["events", "{file}", "{attack}"],
    "filter": ["ls", "{file}", "--filter", "task:1 {attack}:2"],
    "sort": ["ls", "{file}", "--sort", "{attack}"],
    "search": ["search", "{file}", "({attack}"],
    "diff": ["diff", "{file}"],
    "verify": ["verify", "{file}"],
    "stats": ["stats", "{file}", "--section", "{attack}"],
    "compare": ["compare", "{file}", "{file}"],
    "export": ["export", "{file}", "--to", "jsonl", "-o", "{folder}/tables {attack}"],
    "export again": ["export", "{file}", "--to", "json", "-o", "{file}"],
    "import": ["import", "{file}", "-o", "{folder}/copy {attack}.jsonl", "--no-replay"],
    "report": ["report", "{file}", "-o", "{folder}/{attack}.html"],
    "report of no known form": ["report", "{file}", "-o", "{folder}/{attack}"],
    "open": ["open", "{file}", "--at", "{attack}"],
    "no such command": ["{attack}"],
    "no such option": ["ls", "--{attack}"],
    "no such value": ["export", "{file}", "--to", "{attack}", "-o", "x"],
    "help": ["help", "{attack}"],
}


@pytest.fixture(params=["log", "results", "nothing", "garbage"])
def file(request: pytest.FixtureRequest, small_log: Path, tmp_path: Path) -> Path:
    folder = tmp_path / f"folder {ATTACK}"
    folder.mkdir()
    path = folder / f"run {ATTACK}.jsonl"
    if request.param == "log":
        shutil.copy(small_log, path)
    elif request.param == "results":
        path.write_text(json.dumps(results(simulation(says("hi")))))
    elif request.param == "garbage":
        path.write_bytes(ATTACK.encode() * 40)
    return path


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("terminal", ["pipe", "plain terminal", "colours"])
def test_no_name_acts_on_the_terminal(file: Path, name: str, terminal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "" if terminal == "colours" else "1")
    words = [word.format(file=file, folder=file.parent, attack=ATTACK) for word in COMMANDS[name]]
    done = run(*words, terminal=terminal != "pipe")
    assert done.code in (0, 1, 2) and "Traceback" not in done.err
    out = done.raw.decode("utf-8")
    if terminal == "pipe" and name == "import" and not done.code:
        out, exact, rest = out.partition(f"{file.parent}/copy {ATTACK}.jsonl\n")
        assert exact and not rest, "a script is told the exact name of the log that was made"
    printed = (STYLES.sub("", out) if terminal == "colours" else out) + done.err.replace(CLEARED, "")
    found = DANGEROUS.search(printed.replace("\n", "").replace("\t", ""))
    assert found is None, repr(printed)


@pytest.mark.parametrize(
    "words",
    [
        ["ls", "{log}", "{log}"],
        ["show", "{log}", "--task", "create_task_1"],
        ["events", "{log}", "--fields", "content"],
        ["search", "{log}", "EVIL"],
        ["diff", "{log}", "--task", "create_task_1"],
        ["verify", "{log}"],
        ["stats", "{log}"],
        ["compare", "{log}", "{log}"],
        ["import", "{results}", "-o", "{folder}/imported {attack}.jsonl", "--no-replay"],
    ],
    ids=lambda words: words[0],
)
def test_no_json_acts_on_the_terminal(small_log: Path, tmp_path: Path, words: list[str]) -> None:
    log, source = tmp_path / f"run {ATTACK}.jsonl", tmp_path / f"results {ATTACK}.json"
    log.write_bytes(small_log.read_bytes().replace(b"Buy milk", json.dumps(ATTACK)[1:-1].encode()))
    source.write_text(json.dumps(results(simulation(says(ATTACK)))))
    places = {"log": log, "results": source, "folder": tmp_path, "attack": ATTACK}
    done = run(*(word.format(**places) for word in words), "--json", terminal=True)
    assert done.code in (0, 1) and done.raw
    found = DANGEROUS.search(done.raw.decode("utf-8") + done.err.replace(CLEARED, ""))
    assert found is None, repr(done)
    for line in done.raw.splitlines() if words[0] in ("events", "search") else [done.raw]:
        json.loads(line)


def test_the_attacks_are_no_styles_of_ours() -> None:
    assert not STYLES.search(ATTACK) and CLEARED not in ATTACK and DANGEROUS.search("\x1b[31;5m")


def test_a_script_is_told_a_name_that_is_no_text(tmp_path: Path) -> None:
    source, target = tmp_path / "results.json", os.fsencode(tmp_path) + b"/\xff\x1b[31m.jsonl"
    source.write_text(json.dumps(results(simulation(says("hi")))))
    done = run("import", source, "-o", os.fsdecode(target), "--no-replay")
    assert (done.code, done.raw) == (0, target + b"\n")


LEADING_ELSEWHERE = ["../../outside", "/tmp/outside", "..", ".", "a/b", "~", "-rf", "", "con", "x" * 4000, "\0", "*"]


@pytest.fixture
def leading(tmp_path: Path) -> Path:
    """Results whose ids, tasks, tools and models are paths."""
    simulations = [
        simulation(
            says("hi"), asks(call(name or "t", **{name: name})), answer("ok"), id=f"{number}{name}", task_id=name
        )
        for number, name in enumerate(LEADING_ELSEWHERE)
    ]
    simulations[0]["id"] = "../../outside"
    document = results(*simulations, tasks=[{"id": name} for name in LEADING_ELSEWHERE])
    document["info"]["environment_info"]["domain_name"] = "../../outside"
    document["info"]["agent_info"]["llm"] = "../../outside"
    path = tmp_path / "in" / "results.json"
    path.parent.mkdir()
    path.write_text(json.dumps(document))
    return path


def test_no_name_in_a_file_becomes_the_name_of_a_file(leading: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "out"
    out.mkdir(parents=True)
    forms = ("csv", "parquet", "jsonl")
    for form in forms:
        assert run("export", leading, "--to", form, "-o", out).code == 0
    assert run("export", leading, "--to", "json", "-o", out / "all.json").code == 0
    assert run("export", leading, "--to", "tau2", "-o", out / "tau2.json").code == 0
    assert run("import", leading, "-o", out / "log.jsonl", "--no-replay").code == 0
    for name in ("report.html", "report.md"):
        assert run("report", leading, "-o", out / name).code == 0
    tables = {f"{table}.{form}" for table in ("events", "simulations", "tool_calls") for form in forms}
    known = tables | {"all.json", "tau2.json", "log.jsonl", "report.html", "report.md"}
    found = {path for path in tmp_path.rglob("*") if path.is_file()} - {leading}
    assert {path.parent for path in found} == {out} and {path.name for path in found} == known
    assert not Path("/tmp/outside").exists()


def test_an_index_names_no_file_outside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "simulations").mkdir(parents=True)
    for place in (tmp_path / "secret.json", folder / "secret.json"):
        place.write_text(json.dumps(simulation(says("MARKER"), id="secret")))
    index = [{"id": f"{path}secret", "task_id": "t"} for path in ("../", "../../", f"{tmp_path}/", "")]
    document = results() | {"simulation_index": index}
    del document["simulations"]
    (folder / "results.json").write_text(json.dumps(document))
    out = tmp_path / "log.jsonl"
    assert run("import", folder, "-o", out, "--no-replay").code == 0
    assert b"MARKER" not in out.read_bytes() and out.read_bytes().count(b"SimulationEndEvent") >= 4
