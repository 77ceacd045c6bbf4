"""How a workload is found."""

import importlib.metadata
import sys
from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError, UnknownNameError, WorkloadError
from batchmark.workloads import (
    built_in_workloads,
    expand,
    expand_known,
    find_workload,
    is_built_in,
    laboratory_workloads,
)

_EXAMPLES = Path(__file__).parents[1] / "example_workloads"


@pytest.mark.parametrize("name", [*built_in_workloads(), *laboratory_workloads()])
def test_a_built_in_workload_declares_what_its_data_has(name: str) -> None:
    workload = find_workload(name)
    data = workload.load_data()
    assert workload.name == name
    assert len(data.train) == workload.examples
    assert workload.description
    assert workload.quality_margin > 0
    for split in filter(None, (data.train, data.validation, data.fresh)):
        assert len(split.x) == len(split.y)


def test_all_is_every_built_in_workload_and_each_counts_once() -> None:
    assert expand(["all", "blobs", "mine:X"]) == (*built_in_workloads(), "mine:X")
    assert expand_known(["all", "blobs", "mine:X"]) == (*built_in_workloads(), "mine:X")


def test_the_laboratorys_are_built_in_and_known_by_name_and_not_among_all() -> None:
    assert all(map(is_built_in, laboratory_workloads()))
    assert expand_known(["blobs-8000"]) == ("blobs-8000",)
    assert set(expand(["all"])).isdisjoint(laboratory_workloads())
    with pytest.raises(UnknownNameError, match=r"attribute, and those of the laboratory are blobs-8000, .*-encoder$"):
        expand_known(["cifar"])


def test_of_several_names_an_unknown_one_is_refused_before_any_is_used() -> None:
    with pytest.raises(UnknownNameError, match="unknown workload 'cifar'; the workloads are blobs"):
        expand_known(["blobs", "cifar"])


def test_ones_own_workload_is_an_object_or_a_function_that_returns_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_EXAMPLES))
    assert find_workload("planted:SLOW_LEARNER") is find_workload("planted:slow_learner")


def test_a_package_offers_a_workload_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_EXAMPLES))
    offered = importlib.metadata.EntryPoint("offered", "planted:SLOW_LEARNER", "batchmark.workloads")
    monkeypatch.setattr("batchmark.workloads.registry.entry_points", lambda *, group: [offered] * (group != ""))
    assert find_workload("offered") is find_workload("planted:SLOW_LEARNER")
    with pytest.raises(UnknownNameError, match="char-lm, offered; one of your own"):
        find_workload("not offered")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cifar", "unknown workload 'cifar'; the workloads are blobs, .* written package.module:attribute"),
        ("", "unknown workload ''"),
        (":X", "can't be imported"),
        (".a:Y", "can't be imported"),
        ("no_such_module:X", "no module 'no_such_module' here; start in its folder, or install it"),
        ("planted.no_such_part:X", "no module 'planted.no_such_part' here"),
        ("planted:NOTHING", r"planted.py has no 'NOTHING'"),
        ("planted:NOT_A_WORKLOAD", "is a int; expected batchmark.Workload"),
        ("planted:returns_nothing", r"planted.py:\d+: .* returns a NoneType; expected batchmark.Workload"),
        ("planted:raises", r"planted.py:\d+: RuntimeError: no such thing"),
        ("planted:NO_FUNCTIONS", "its build_model is a int; expected a function"),
        ("broken:X", r"can't be imported: .*broken.py:2: SyntaxError"),
        ("fails:X", r"can't be imported: .*fails.py:3: ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_no_workload_is_refused_in_one_line_with_the_users_own(
    name: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("\nnot even Python")
    (tmp_path / "fails.py").write_text("import json\n\n1 / 0\n")
    monkeypatch.syspath_prepend(str(_EXAMPLES))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises((UnknownNameError, WorkloadError), match=expected) as caught:
        find_workload(name)
    assert isinstance(caught.value, BatchmarkError)
    assert "\n" not in str(caught.value)


def test_a_package_that_the_users_module_lacks_is_not_taken_for_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        find_workload("needs:X")


_ARGUMENTS = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.parse_args()
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            _ARGUMENTS,
            r"program\.py:5: it ends the program \(SystemExit: 2\); put what .* if __name__ == \"__main__\":$",
        ),
        ("import sys\nsys.exit()", r"program\.py:2: it ends the program \(SystemExit\)"),
        (
            "def main():\n    raise SystemExit('usage: program DATA')\nmain()",
            r"program\.py:2: .*SystemExit: usage: program",
        ),
        ("quit(3)", r"program\.py:1: it ends the program \(SystemExit: 3\)"),
    ],
)
def test_a_module_that_is_a_program_is_told_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, expected: str
) -> None:
    (tmp_path / "program.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(WorkloadError, match=expected):
        find_workload("program:X")


def test_a_function_that_ends_the_program_is_told_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asks.py").write_text("import sys\ndef workload():\n    sys.exit(1)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(WorkloadError, match=r"asks\.py:3: SystemExit: 1"):
        find_workload("asks:workload")


def test_our_own_arguments_are_none_of_a_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "looks.py").write_text("import sys\nfound = sys.argv[1:]\nraise ValueError(found)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("sys.argv", ["batchmark", "--json", "x"])
    with pytest.raises(WorkloadError, match=r"ValueError: \[\]$"):
        find_workload("looks:X")
    assert sys.argv == ["batchmark", "--json", "x"]
