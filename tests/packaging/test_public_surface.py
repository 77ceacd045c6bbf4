"""What is public is what docs/api.md lists, and users' files import nothing else."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import batchmark
from batchmark.files.comparison import write_comparison
from compared import cell_of, comparison_of, sweep_stored, write_sweep
from pages import ALL, blocks, name_of, text_of
from repository import ROOT
from synthetic import gaussian, sweep_of

MODULES = (
    "batchmark",
    "batchmark.declared.loaded",
    "batchmark.declared.test_epoch",
    "batchmark.declared.test_quality",
    "batchmark.releases",
)
PUBLIC = {module: frozenset(importlib.import_module(module).__all__) for module in MODULES}
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")

# It plants defects into a built-in workload, which is nobody's but ours; and the page tells who changes the package.
_OURS = {ROOT / "tests" / "example_workloads" / "planted.py", ROOT / "docs" / "architecture.md"}


def _users_code() -> Iterator[tuple[str, str]]:
    """Yield what stands for users' files, with where each stands."""
    for folder in ("benchmarks", "tests/example_workloads", "tests/typing"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path not in _OURS:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for page in ALL:
        if page not in _OURS:
            for number, block in enumerate(blocks(text_of(page), "python"), start=1):
                yield f"{name_of(page)}, block {number}", block


USERS_CODE = dict(_users_code())


def _imported(code: str) -> set[tuple[str, str]]:
    """Return what `code` imports of this package, as modules and names; a whole module with the name ``*``."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "batchmark":
            found |= {(node.module or "", alias.name) for alias in node.names}
        if isinstance(node, ast.Import):
            found |= {(each.name, "*") for each in node.names if each.name.partition(".")[0] == "batchmark"}
    return found


def _private(code: str) -> set[tuple[str, str]]:
    return {
        (module, name)
        for module, name in _imported(code)
        if module not in PUBLIC or (name != "*" and name not in PUBLIC[module])
    }


def test_the_page_lists_what_is_public_and_nothing_else() -> None:
    listed = {}
    for heading, section in re.findall(r"^## `(batchmark[\w.]*)`$(.*?)(?=^## |\Z)", API, re.DOTALL | re.MULTILINE):
        listed[heading] = set(re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE))
    declared = {f"{module}.{name}" for module, names in PUBLIC.items() for name in names if ".declared" in module}
    assert listed == {
        "batchmark": PUBLIC["batchmark"],
        "batchmark.releases": PUBLIC["batchmark.releases"],
        "batchmark.asv": set(),
        "batchmark.declared": declared,
    }


@pytest.mark.parametrize("where", USERS_CODE)
def test_users_files_import_nothing_private(where: str) -> None:
    assert _private(USERS_CODE[where]) == set()


def test_there_are_users_files_of_each_kind_and_a_private_import_in_one_would_be_seen() -> None:
    for kind in ("benchmarks/", "tests/example_workloads/", "tests/typing/", "docs/own-model.md", "docs/api.md"):
        assert any(where.startswith(kind) and _imported(code) for where, code in USERS_CODE.items()), kind
    assert _private("from batchmark.records import Cell") == {("batchmark.records", "Cell")}
    assert _private("from batchmark import parse_bytes") == {("batchmark", "parse_bytes")}
    assert _private("import batchmark.doors.gate") == {("batchmark.doors.gate", "*")}
    assert _private("from batchmark.releases import measure") == set()


@pytest.mark.parametrize("module", MODULES)
def test_the_typed_programs_use_every_public_name(module: str) -> None:
    used = set()
    for path in (ROOT / "tests" / "typing").glob("*.py"):
        used |= {name for imported, name in _imported(path.read_text(encoding="utf-8")) if imported == module}
    assert used == PUBLIC[module]


def test_every_public_name_says_what_it_is() -> None:
    for module, names in PUBLIC.items():
        for name in names - {"__version__"}:
            assert getattr(importlib.import_module(module), name).__doc__, f"{module}.{name}"


def test_asv_is_told_one_public_name() -> None:
    text = (ROOT / "asv.conf.json").read_text(encoding="utf-8")
    configuration = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    assert configuration["plugins"] == [".batchmark.asv"]


def test_asv_finds_the_environment_type_and_what_changes_the_site_by_that_name() -> None:
    pytest.importorskip("asv")
    # In a process of its own: what is imported here, asv would find in this one too.
    program = (
        "import batchmark.asv; from asv import util; from asv.environment import Environment; "
        "from asv.publishing import OutputPublisher; "
        "print(*[each.__module__ for kind in (Environment, OutputPublisher) for each in util.iter_subclasses(kind)])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    ours = {name for name in printed.split() if name.startswith("batchmark.")}
    site = {f"batchmark.site.{name}" for name in ("by_release", "by_workload", "offline")}
    assert ours == {"batchmark.doors.asv.environment", *site}


def test_the_page_reads_a_stored_sweep_and_a_comparison_as_it_says(tmp_path: Path) -> None:
    (code,) = (code for where, code in USERS_CODE.items() if where.startswith("docs/api.md"))
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102  a page of ours
    fastest, regressed = names["fastest"], names["regressed"]
    assert callable(fastest)
    assert callable(regressed)
    sweep = sweep_of(np.random.default_rng(4), noise=gaussian(0.01), sizes=(32, 64, 128))
    write_sweep(tmp_path / "sweep.json", sweep_stored(sweep))
    assert fastest(str(tmp_path / "sweep.json")) == 128
    write_comparison(comparison_of([cell_of(1.5), cell_of(1.0, batch_size=64)]), tmp_path / "result.json")
    assert regressed(str(tmp_path / "result.json")) == ["blobs-32-fit seconds_per_epoch"]


def test_the_package_gives_its_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|(a|b|rc)\d+)?", batchmark.__version__)
