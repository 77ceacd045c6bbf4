"""`batchmark report`: stored files in, one page out; what can't be read is said and counted."""

import configparser
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors import report as door
from batchmark.doors.command_line import main
from batchmark.errors import MissingPackageError
from batchmark.files.comparison import write_comparison
from batchmark.report.page import extra
from compared import write_sweep
from pages_made import comparison, sweep, write_folder
from repository import ROOT


def _report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stored").mkdir()
    return write_folder(tmp_path / "stored")


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A single comparison: the quickest page."""
    path = tmp_path / "one.json"
    write_comparison(comparison(), path)
    return path


def test_a_folder_becomes_a_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = _report(folder, "--html", page)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {page}: 3 results\n"
    assert result.stderr == ""
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "digits-mlp on here" in text
    assert "blobs on there" in text


def test_unreadable_files_among_good_ones_are_named_skipped_counted_and_end_in_1(one: Path, tmp_path: Path) -> None:
    bad = [tmp_path / f"bad{number}.json" for number in range(2)]
    for number, path in enumerate(bad):
        path.write_text("{" + number * " ")
    page = tmp_path / "page.html"
    result = _report(one, *bad, "--html", page)
    assert result.exit_code == 1
    assert [line.partition(": ")[2].partition(": ")[0] for line in result.stderr.splitlines()] == [
        f"skipped {bad[0]}",
        f"skipped {bad[1]}",
        "2 files can't be read",
    ]
    text = page.read_text(encoding="utf-8")
    assert "2 files can&#39;t be read, and are not on this page:" in text
    assert all(str(path) in text for path in bad)


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"batchmark_comparison": 99}'])
def test_nothing_that_can_be_read_is_one_line_and_2_and_no_page(tmp_path: Path, content: str | None) -> None:
    stored = tmp_path / "stored.json"
    if content is not None:
        stored.write_text(content)
    page = tmp_path / "page.html"
    result = _report(stored, "--html", page)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: ")
    assert not page.exists()


def test_a_folder_without_results_is_one_line_and_2(tmp_path: Path) -> None:
    result = _report(tmp_path, "--html", tmp_path / "page.html")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"batchmark: the folder {tmp_path} holds no result")
    assert len(result.stderr.splitlines()) == 1


def test_the_same_run_twice_is_taken_once_and_said(one: Path, tmp_path: Path) -> None:
    copy = tmp_path / "zcopy.json"
    shutil.copy(one, copy)
    page = tmp_path / "page.html"
    result = _report(one, copy, "--html", page)
    assert result.exit_code == 0
    assert result.stderr == f"batchmark: {copy} is the same as {one}: taken once\n"
    assert f"{copy} is the same as {one}: taken once" in page.read_text(encoding="utf-8")


def test_another_schema_among_good_ones_is_skipped_by_name(one: Path, tmp_path: Path) -> None:
    bench = {"name": "x", "extra_info": {"batchmark_schema": 99}}
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"benchmarks": [bench], "machine_info": {}, "datetime": "now"}))
    result = _report(one, other, "--html", tmp_path / "page.html")
    assert result.exit_code == 1
    assert "batchmark_schema 99" in result.stderr


def test_machines_of_one_name_and_different_hardware_are_told_apart(tmp_path: Path) -> None:
    paths = [
        write_sweep(tmp_path / f"{cores}.json", sweep(node="vm", cores=cores, day=day))
        for day, cores in ((1, 2), (2, 8))
    ]
    page = tmp_path / "page.html"
    assert _report(*paths, "--html", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "2 machines are called vm and differ: AMD EPYC, 8 cores and AMD EPYC, 2 cores." in text or (
        "2 machines are called vm and differ: AMD EPYC, 2 cores and AMD EPYC, 8 cores." in text
    )
    assert "blobs on vm (AMD EPYC, 2 cores)" in text
    # Neither is older than the other: both are shown.
    assert len(re.findall(r"<details open><summary><h3", text)) == 2


def test_without_files_the_page_is_of_the_runs_that_pytest_benchmark_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / ".benchmarks" / "Linux-CPython-3.11-64bit"
    kept.mkdir(parents=True)
    write_sweep(kept / "0001_unversioned_20260101_000000.json", sweep())
    result = _report()
    assert result.exit_code == 0, result.output
    assert result.stdout == "wrote report.html: 1 result\n"
    assert (tmp_path / "report.html").exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_where_nothing_is_kept_yet_it_says_what_to_run_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    if is_there:
        (tmp_path / ".benchmarks").mkdir()
    result = _report()
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: nothing is kept in .benchmarks yet; type: pytest --benchmark-only ")
    assert "tox run -e bench" in line
    assert not (tmp_path / "report.html").exists()


def test_what_is_kept_and_cannot_be_read_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".benchmarks").mkdir()
    (tmp_path / ".benchmarks" / "0001.json").write_text("{")
    result = _report()
    assert result.exit_code == 2
    assert "0001.json" in result.stderr


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """What is of interest of a site that asv has published."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text('<ul><li id="nav-li-graphdisplay"></li></ul>')
    return tmp_path / "site"


def test_the_page_goes_into_asvs_site_and_the_two_are_linked(one: Path, site: Path) -> None:
    result = _report(one, "--site", site)
    assert result.exit_code == 0, result.output
    assert '<a href="report.html">' in (site / "index.html").read_text(encoding="utf-8")
    assert '<a href="index.html">asv' in (site / "report.html").read_text(encoding="utf-8")


def test_a_page_elsewhere_and_the_site_are_linked_by_where_they_stand(one: Path, site: Path) -> None:
    page = site.parent / "a page.html"
    assert _report(one, "--site", site, "--html", page).exit_code == 0
    assert '<a href="../a%20page.html">' in (site / "index.html").read_text(encoding="utf-8")
    assert '<a href="site/index.html">' in page.read_text(encoding="utf-8")


def test_a_folder_that_is_no_site_is_refused_before_anything_is_read(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "read_results", lambda _: pytest.fail("it was read"))
    result = _report(one, "--site", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == (
        f"batchmark: --site {tmp_path} is no site that asv has published; type asv publish (tox run -e site) first\n"
    )


@pytest.mark.parametrize("where", ["missing/page.html", "one.json/page.html", "."])
def test_a_page_that_cannot_be_written_is_said_before_anything_is_read(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def read(_: Any) -> Any:
        pytest.fail("it was read")

    monkeypatch.setattr(door, "read_results", read)
    result = _report(one, "--html", tmp_path / where)
    assert result.exit_code == 2
    assert len([line for line in result.stderr.splitlines() if line.startswith("batchmark: ")]) == (where != ".")


def test_a_page_does_not_replace_what_it_is_made_of(one: Path) -> None:
    before = one.read_bytes()
    result = _report(one, "--html", one)
    assert result.exit_code == 2
    assert "name another" in result.stderr
    assert one.read_bytes() == before


@pytest.mark.parametrize("missing", ["jinja2", "altair", "vl_convert"])
def test_a_missing_package_is_said_with_what_to_type_before_anything_is_read(
    one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(MissingPackageError, match=r"pip install 'batchmark\[report\]'"):
        extra.require_page()
    monkeypatch.setattr(door, "read_results", lambda _: pytest.fail("it was read"))
    result = _report(one, "--html", tmp_path / "page.html")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert missing.replace("_", "-") in line


def test_asvs_results_are_a_history_of_releases(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = _report(ROOT / "benchmarks" / "releases" / "results", "--html", page)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {page}: 16 results\n"
    text = page.read_text(encoding="utf-8")
    assert "TensorFlow, release by release, on two-core-vm" in text
    assert "TensorFlow 2.21.0 against TensorFlow 2.20.0, over all batch sizes:" in text
    assert "Blobs: seconds per epoch, release by release" in text


def test_with_a_site_the_kept_runs_and_asvs_results_make_the_page(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".benchmarks").mkdir()
    write_sweep(tmp_path / ".benchmarks" / "0001.json", sweep())
    (tmp_path / "asv.conf.json").write_text("{}")
    configuration = SimpleNamespace(results=ROOT / "benchmarks" / "releases" / "results")
    monkeypatch.setattr(door, "read_configuration", lambda file: configuration if file.exists() else None)
    result = _report("--site", site)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {site / 'report.html'}: 17 results\n"
    assert "TensorFlow, release by release" in (site / "report.html").read_text(encoding="utf-8")
    assert "wrote report.html: 1 result\n" in _report().stdout
    configuration.results = tmp_path / "nowhere"
    assert ": 1 result\n" in _report("--site", site).stdout


@pytest.mark.parametrize("lack", ["no asv", "machine.json alone", "a foreign result"])
def test_asvs_results_that_nobody_named_are_not_missed(
    lack: str, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".benchmarks").mkdir()
    write_sweep(tmp_path / ".benchmarks" / "0001.json", sweep())
    (tmp_path / "asv.conf.json").write_text("{}")
    own = tmp_path / "measured" / "vm"
    own.mkdir(parents=True)
    if lack == "machine.json alone":
        (own / "machine.json").write_text('{"version": 1, "machine": "vm", "num_cpu": "2"}')
    else:
        (own / "aaaa.json").write_text('{"commit_hash": "aaaa", "env_name": "release", "results": {}}')

    def read(_: Path) -> SimpleNamespace:
        if lack == "no asv":
            message = "asv is not installed"
            raise MissingPackageError(message)
        return SimpleNamespace(results=tmp_path / "measured")

    monkeypatch.setattr(door, "read_configuration", read)
    result = _report("--site", site)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {site / 'report.html'}: 1 result\n"
    assert result.stderr.startswith("batchmark: left out ")


def test_asvs_results_that_can_not_be_read_are_one_line_and_2(tmp_path: Path) -> None:
    file = tmp_path / "results" / "vm" / "aaaaaaaa-release.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"commit_hash": "aaaaaaaa", "env_name": "release", "results": {}}')
    result = _report(file, "--html", tmp_path / "page.html")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_what_tox_run_e_bench_keeps_is_what_tox_run_e_report_reads_and_git_ignores(
    request: pytest.FixtureRequest,
) -> None:
    # Where pytest-benchmark keeps runs unless it is told otherwise.
    assert request.config.getoption("benchmark_storage") in {f"file://./{door._KEPT}", f"./{door._KEPT}"}
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    assert "--benchmark-autosave {posargs}" in tox["testenv:bench"]["commands"]
    assert tox["testenv:report"]["commands"].split("\n")[-2:] == [
        "asv publish",
        "batchmark report --site build/site {posargs}",
    ]
    assert f"{door._KEPT}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
