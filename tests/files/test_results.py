"""Stored results from files and folders: what is taken, what is skipped, what is left out, and what is said of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from batchmark.comparison import Comparison
from batchmark.errors import BatchmarkError
from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaims
from batchmark.files.comparison import write_comparison
from batchmark.files.results import Results, read_results
from batchmark.files.sweep import StoredSweep
from compared import cell_of, comparison_of, sweep_stored, write_sweep
from repository import ROOT
from synthetic import gaussian, sweep_of

DATA = ROOT / "tests" / "data" / "stored"
CLAIMS = ROOT / "tests" / "report" / "golden" / "claims" / "all_kinds.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a sweep and a comparison, one of them further down."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    records = sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=(32, 64, 128))
    write_sweep(tmp_path / "deep" / "er" / "sweep.json", sweep_stored(records))
    write_comparison(comparison_of([cell_of(1.5)]), tmp_path / "up.json")
    return tmp_path


def _names(found: Results, kind: str) -> list[str]:
    return [Path(each.name).name for each in getattr(found, kind)]


def test_a_folder_is_searched_through_and_in_order(folder: Path) -> None:
    found = read_results([folder])
    assert [type(each.content) for each in found.read] == [StoredSweep, Comparison]
    assert _names(found, "read") == ["sweep.json", "up.json"]
    assert found.skipped == found.left_out == found.twice == ()


def test_what_is_hidden_is_not_searched(folder: Path) -> None:
    (folder / ".cache").mkdir()
    (folder / ".cache" / "broken.json").write_text("{")
    assert read_results([folder]).skipped == ()


def test_each_kind_is_read() -> None:
    found = read_results([DATA / "sweep.json", DATA / "comparison.json", DATA / "calibration-2.json", CLAIMS])
    assert [type(each.content) for each in found.read] == [StoredSweep, Comparison, Calibration, StoredClaims]


def test_a_journal_is_a_sweep() -> None:
    journal = next((ROOT / "tests" / "data").rglob("*.journal"), None)
    if journal is None:
        pytest.skip("no stored journal")
    assert isinstance(read_results([journal]).read[0].content, StoredSweep)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"benchmarks": [', "truncated or not JSON"),
        ("", "truncated or not JSON"),
        ('{"batchmark_comparison": 99}', "reads 1"),
        ('{"batchmark_comparison": 1}', "damaged"),
        ('{"batchmark_claims": 1}', "damaged"),
        ('{"schema": 1, "budget_seconds": 1, "false_alarms": 1}', "reads 2"),
        ("[" * 100_000, "truncated or not JSON"),
        ('{"batchmark_journal": 1}\n', "first line is damaged"),
    ],
)
def test_an_unreadable_file_among_good_ones_is_skipped_by_name(folder: Path, content: str, why: str) -> None:
    (folder / "bad.json").write_text(content)
    found = read_results([folder])
    assert len(found.read) == 2
    (skipped,) = found.skipped
    assert Path(skipped.name).name == "bad.json"
    assert why in skipped.why
    assert "\n" not in skipped.why
    assert not skipped.why.startswith(skipped.name)


def test_another_schema_of_a_cell_is_skipped(folder: Path) -> None:
    bench = {"name": "x", "extra_info": {"batchmark_schema": 99}}
    content = {"benchmarks": [bench], "machine_info": {}, "datetime": "now"}
    (folder / "bad.json").write_text(json.dumps(content))
    assert "99" in read_results([folder]).skipped[0].why


def test_what_is_none_of_ours_is_left_out_where_it_was_found_and_skipped_where_it_was_named(folder: Path) -> None:
    other = folder / "package.json"
    other.write_text('{"name": "else"}')
    suite = {"benchmarks": [{"name": "x", "extra_info": {}}], "machine_info": {}, "datetime": "now"}
    (folder / "suite.json").write_text(json.dumps(suite))
    found = read_results([folder])
    assert _names(found, "left_out") == ["package.json", "suite.json"]
    assert found.skipped == ()
    assert _names(read_results([folder / "up.json", other]), "skipped") == ["package.json"]


def test_a_kind_that_is_not_shown_is_named(folder: Path) -> None:
    (folder / "bisection.json").write_text('{"batchmark_bisection": 1}')
    (left,) = read_results([folder]).left_out
    assert left.why == "it holds batchmark_bisection, which has no place on the page"


def test_the_same_run_twice_is_taken_once_and_said(folder: Path) -> None:
    shutil.copy(folder / "up.json", folder / "zz.json")
    found = read_results([folder])
    assert len(found.read) == 2
    (twice,) = found.twice
    assert (Path(twice.name).name, twice.why) == ("zz.json", f"the same as {folder / 'up.json'}")


def test_a_damaged_file_gives_way_to_its_copy(folder: Path) -> None:
    stored = folder / "deep" / "er" / "sweep.json"
    (folder / "whole.json").write_bytes(stored.read_bytes())
    # What is told in brief is as it was.
    stored.write_text(stored.read_text().replace('"seed": 0', '"seed": "none"', 1))
    found = read_results([folder])
    assert _names(found, "sweeps") == _names(found, "read")[1:] == ["whole.json"]
    assert (_names(found, "skipped"), found.twice) == (["sweep.json"], ())


def test_a_copy_of_what_can_not_be_read_can_not_be_either(folder: Path) -> None:
    for name in ("bad.json", "copy.json"):
        (folder / name).write_text('{"batchmark_comparison": 1}')
    found = read_results([folder])
    assert _names(found, "skipped") == ["bad.json", "copy.json"]
    assert found.twice == ()


def test_the_same_run_of_a_sweep_in_other_bytes_and_of_another_second_is_taken_once(folder: Path) -> None:
    stored = folder / "deep" / "er" / "sweep.json"
    content = json.loads(stored.read_text())
    (folder / "pretty.json").write_text(json.dumps(content, indent=2))
    (folder / "saved.json").write_text(json.dumps({**content, "datetime": "2026-01-01T03:04:06+00:00"}))
    found = read_results([folder])
    assert len(found.sweeps) == 1
    assert [(Path(each.name).name, each.why) for each in found.twice] == [
        (name, f"the same as {stored}") for name in ("pretty.json", "saved.json")
    ]


def test_sweeps_without_rounds_are_the_same_only_by_their_bytes(tmp_path: Path) -> None:
    records = [
        replace(each, seconds_per_round=())
        for each in sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=(32, 64))
    ]
    for day in (1, 2):
        write_sweep(tmp_path / f"{day}.json", sweep_stored(records, day=day))
    shutil.copy(tmp_path / "1.json", tmp_path / "copy.json")
    found = read_results([tmp_path])
    assert [Path(each.name).name for each in found.sweeps] == ["1.json", "2.json"]
    assert _names(found, "twice") == ["copy.json"]


def test_the_same_path_twice_is_no_news(folder: Path) -> None:
    found = read_results([folder, folder / "up.json", folder / "deep" / ".." / "up.json"])
    assert (len(found.read), found.twice) == (2, ())


def test_a_file_without_permission_is_skipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "up.json":
            raise PermissionError(13, "Permission denied")
        return whole(path)

    # Made so, as a test that runs as root may read anything.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert read_results([folder]).skipped[0].why == "it can't be read: Permission denied; check its permissions"


@pytest.mark.parametrize("foreign", [[], ["package.json"]])
def test_a_folder_without_results_ends_it(folder: Path, foreign: list[str]) -> None:
    empty = folder / "empty"
    empty.mkdir()
    for name in foreign:
        (empty / name).write_text("{}")
    with pytest.raises(BatchmarkError, match="holds no result"):
        read_results([folder / "up.json", empty])


def test_nothing_that_can_be_read_ends_it_with_the_reasons(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.json").write_text("{" + " " * number)
    with pytest.raises(BatchmarkError, match=r"nothing can be read of 5 files: .*0\.json: .*; and 2 more$") as caught:
        read_results([tmp_path])
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_ends_it(folder: Path) -> None:
    with pytest.raises(BatchmarkError, match="there is no file or folder"):
        read_results([folder, folder / "missing.json"])
