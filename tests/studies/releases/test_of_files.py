"""asv's results from their files alone: named by the list beside them, or by date."""

import json
import shutil
from pathlib import Path

import pytest

from batchmark.files.results import read_results
from batchmark.studies.releases.of_files import read_found
from batchmark.timeline.asv_file import AsvFile
from repository import ROOT

RELEASES = ROOT / "benchmarks" / "releases"


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return sorted((RELEASES / "results" / "two-core-vm").glob("*-release-*.json"))


def test_releases_have_the_names_of_the_list_beside_the_results(files: list[Path]) -> None:
    found = read_found(files)
    assert found.skipped == ()
    assert [(each.machine, each.history.branch) for each in found.lines] == [
        ("two-core-vm", "main"),
        ("two-core-vm", "keras"),
    ]
    releases = found.lines[0].releases
    assert (releases[0].title, releases[-1].title) == ("TensorFlow 2.12.1", "TensorFlow 2.21.0")
    assert found.lines[0].history.steps


def test_without_a_list_they_go_by_date_and_are_called_by_their_commit(files: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "results" / "two-core-vm"
    folder.mkdir(parents=True)
    for file in files[:3]:
        shutil.copy(file, folder)
    (line,) = read_found(sorted(folder.glob("*.json"))).lines
    assert line.machine == "two-core-vm"
    assert {each.tag for each in line.releases} == {file.name[:8] for file in files[:3]}
    assert [each.released for each in line.releases] == sorted(each.released for each in line.releases)


def test_a_file_that_is_damaged_is_named_and_the_others_are_read(files: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "results" / "two-core-vm"
    folder.mkdir(parents=True)
    for file in files[:3]:
        shutil.copy(file, folder)
    broken = folder / files[0].name
    held = json.loads(broken.read_text())
    broken.write_text(json.dumps(held | {"version": 99}))
    found = read_found(sorted(folder.glob("*.json")))
    assert len(found.lines[0].releases) == 2
    (skipped,) = found.skipped
    assert skipped.name == str(broken)
    assert "can't be read" in skipped.why


def test_a_folder_of_results_is_searched_and_what_asv_keeps_beside_them_is_no_news() -> None:
    found = read_results([RELEASES / "results"])
    assert len(found.releases) == 16
    assert not any((found.read, found.skipped, found.left_out))


def test_without_asv_a_file_is_read_as_asv_reads_it(files: list[Path]) -> None:
    results = pytest.importorskip("asv.results").Results
    for file in files[:2]:
        ours, theirs = AsvFile(file, "two-core-vm"), results.load(str(file), machine_name="two-core-vm")
        assert set(ours.get_all_result_keys()) == set(theirs.get_all_result_keys())
        for name in ours.get_all_result_keys():
            params = ours.get_result_params(name)
            assert params == theirs.get_result_params(name)
            assert list(ours.get_result_samples(name, params)) == list(theirs.get_result_samples(name, params))
