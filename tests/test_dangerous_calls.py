"""Calls that turn data into code or commands: each place that makes one is named here, with what it is fed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import tau2_tui

PACKAGE = Path(tau2_tui.__file__).parent

MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "xml", "telnetlib", "ftplib"}
FUNCTIONS = {"eval", "exec", "compile", "__import__"}
METHODS = {("os", name) for name in ("system", "popen", "execv", "execvp", "execve")} | {("tempfile", "mktemp")}

KNOWN = {
    "analysis/data/part_reader.py: pickle": "a child's standard input and output, which its parent holds",
    "analysis/data/side_by_side.py: pickle": "pipes to children that this process started",
    "recording/frames.py: pickle": "pipes to children that this process forked",
    "runlog/index_process.py: pickle": "a child's standard input and output, which its parent holds",
    "runlog/index_shares.py: pickle": "pipes to children that this process forked",
    "runlog/long_line.py: pickle": "pipes to children; of what stands before a line, never of the line",
    "tui/study/process.py: pickle": "a child's standard input and output, which its parent holds",
    "reports/plots/canvas.py: xml": "the drawing that matplotlib has just made here",
    "analysis/data/construct.py: exec": "names of the fields of our own dataclasses",
}


def found_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (name.split(".")[0] for name in names if name.split(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in FUNCTIONS:
                yield function.id
            if isinstance(function, ast.Attribute) and (ast.unparse(function.value), function.attr) in METHODS:
                yield ast.unparse(function)
            for keyword in node.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else True
                if keyword.arg in ("shell", "allow_pickle") and value:
                    yield keyword.arg


def test_every_dangerous_call_is_known() -> None:
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}: {what}"
        for path in PACKAGE.rglob("*.py")
        for what in found_in(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(KNOWN)


def test_the_search_finds_them() -> None:
    text = (
        "import pickle as p\nfrom yaml import load\neval('1')\nos.system('x')\nrun(a, shell=True)\nload(allow_pickle=1)"
    )
    assert set(found_in(ast.parse(text))) == {"pickle", "yaml", "eval", "os.system", "shell", "allow_pickle"}
    assert not set(found_in(ast.parse("ast.literal_eval('1')\nre.compile('a')\nrun(shell=False)")))
