import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.doors.command_line import main
from batchmark.environments.pins import LockError
from batchmark.timeline.releases import ReleaseListError, read_releases
from batchmark.timeline.update import find_newer, update_releases
from stand_in_releases import RELEASES, PackageIndex, write_list


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    """An index that has what is listed, and nothing else."""
    index = PackageIndex(tmp_path, monkeypatch)
    index.add("numbers", "2.0")
    index.add("frame", "1.0.1", "2023-02-01")
    index.add("frame", "1.1.0", "2023-03-01")
    index.add("layers", "3.0.0", "2023-02-15")
    return index


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return write_list(tmp_path / "list")


def _newer(listed: Path) -> list[str]:
    return [f"{upload.version} {upload.moment.date()}" for upload in find_newer(read_releases(listed)[0])]


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["releases", *(str(argument) for argument in arguments)])


def test_nothing_is_newer_than_the_newest(index: PackageIndex, listed: Path) -> None:
    assert _newer(listed) == []


def test_of_each_newer_minor_the_last_patch_is_found(index: PackageIndex, listed: Path) -> None:
    for version, day in [
        ("1.2.0", "2023-04-01"),
        ("1.2.1", "2023-04-02"),
        ("1.10.0", "2023-05-01"),
        ("2.0.0", "2023-06-01"),
    ]:
        index.add("frame", version, day)
    assert _newer(listed) == ["1.2.1 2023-04-02", "1.10.0 2023-05-01", "2.0.0 2023-06-01"]


def test_a_patch_of_the_last_minor_is_found_too(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.1.1", "2023-04-01")
    index.add("frame", "1.1.2", "2023-05-01")
    assert _newer(listed) == ["1.1.2 2023-05-01"]


def test_a_patch_that_came_after_the_next_minor_is_left_out(index: PackageIndex, listed: Path) -> None:
    days = [("1.2.0", "2023-04-01"), ("1.3.0", "2023-05-01"), ("1.2.1", "2023-05-02"), ("1.1.1", "2023-05-03")]
    for version, day in days:
        index.add("frame", version, day)
    assert _newer(listed) == ["1.2.0 2023-04-01", "1.3.0 2023-05-01"]


def test_what_nobody_should_install_is_left_out(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.2.0rc1", "2023-04-01")
    index.add("frame", "1.2.0.dev3", "2023-04-01")
    index.add("frame", "1.2.0", "2023-04-02", yanked=True)
    index.add("frame", "1.3.0", "2023-04-03", wheel_for="cp312-cp312-manylinux_2_17_x86_64")
    index.add("frame", "1.4.0", "2023-04-04", wheel_for="cp311-cp311-win_amd64")
    index.add("frame", "1.5.0", "2023-04-05", wheel_for="cp311-cp311-manylinux_2_17_aarch64")
    assert _newer(listed) == []
    index.add("frame", "1.6.0", "2023-04-06", wheel_for="cp311-cp311-manylinux_2_27_x86_64")
    assert _newer(listed) == ["1.6.0 2023-04-06"]


def test_an_update_appends_and_leaves_the_rest_byte_for_byte(index: PackageIndex, listed: Path) -> None:
    before = listed.read_bytes()
    locks = {path: path.read_bytes() for path in (listed.parent / "locks").iterdir()}
    index.add("frame", "1.2.0", "2023-04-01")
    index.add("layers", "3.1.0", "2023-05-01")
    update = update_releases(listed)
    assert [(release.title, release.released) for release in update.added] == [
        ("Frame 1.2.0", dt.date(2023, 4, 1)),
        ("Layers 3.1.0", dt.date(2023, 5, 1)),
    ]
    assert update.problems == ()
    assert listed.read_bytes().startswith(before)
    assert all(path.read_bytes() == content for path, content in locks.items())
    all_releases, layers = read_releases(listed)
    assert [release.version for release in all_releases.releases] == ["1.0.1", "1.1.0", "1.2.0"]
    assert layers.releases[-1].lock.read_text().count("frame==1.1.0") == 1
    assert update_releases(listed).added == ()


def test_a_list_that_ends_without_a_line_end_is_appended_to(index: PackageIndex, listed: Path) -> None:
    listed.write_bytes(listed.read_bytes().rstrip(b"\n"))
    index.add("frame", "1.2.0", "2023-04-01")
    update_releases(listed)
    assert read_releases(listed)[0].releases[-1].version == "1.2.0"


def test_a_dry_run_writes_nothing(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.2.0", "2023-04-01")
    before = {path: path.stat().st_mtime_ns for path in listed.parent.rglob("*")}
    (added,) = update_releases(listed, dry_run=True).added
    assert added.title == "Frame 1.2.0"
    assert {path: path.stat().st_mtime_ns for path in listed.parent.rglob("*")} == before


def test_a_release_that_cannot_be_locked_keeps_the_others(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.2.0", "2023-04-01")
    index.add("frame", "1.3.0", "2023-05-01", needs="nowhere")
    index.add("frame", "1.4.0", "2023-06-01")
    index.add("layers", "3.1.0", "2023-05-01")
    update = update_releases(listed)
    assert [release.title for release in update.added] == ["Frame 1.2.0", "Layers 3.1.0"]
    (problem,) = update.problems
    assert "Frame 1.3.0 can't be locked" in problem
    assert "nowhere" in problem
    assert [release.version for release in read_releases(listed)[0].releases] == ["1.0.1", "1.1.0", "1.2.0"]


def test_an_index_that_lacks_what_is_listed_is_a_problem_not_a_silence(index: PackageIndex, tmp_path: Path) -> None:
    listed = write_list(tmp_path / "list", [*RELEASES, ("main", "1.9.0", "2023-04-01")])
    with pytest.raises(LockError, match=r"nothing on the package index fits frame>=1\.9\.0"):
        find_newer(read_releases(listed)[0])


def test_an_index_without_dates_is_refused(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.2.0", None)
    with pytest.raises(LockError, match=r"does not say when frame 1\.2\.0 was uploaded"):
        find_newer(read_releases(listed)[0])


def test_a_release_older_than_the_list_is_a_problem(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.2.0", "2023-01-15")
    with pytest.raises(LockError, match=r"Frame 1\.2\.0 can't follow Frame 1\.1\.0"):
        find_newer(read_releases(listed)[0])


def test_a_list_that_cannot_be_written_to_is_one_line(
    index: PackageIndex, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **options: object) -> int:
        message = "No space left on device"
        raise OSError(28, message)

    index.add("frame", "1.2.0", "2023-04-01")
    before = listed.read_bytes()
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReleaseListError, match=r"Frame 1\.2\.0 can't be added to .*No space left"):
        update_releases(listed)
    assert listed.read_bytes() == before


def test_the_command_says_what_it_appended_and_what_comes_next(index: PackageIndex, listed: Path) -> None:
    assert "nothing newer than what is listed" in _run("update", "--list", listed).stdout
    index.add("frame", "1.2.0", "2023-04-01")
    dry = _run("update", "--dry-run", "--list", listed)
    assert dry.stdout == "would append Frame 1.2.0, released 2023-04-01\n"
    real = _run("update", "--list", listed)
    assert real.exit_code == 0
    assert real.stdout.splitlines()[0] == "appended Frame 1.2.0, released 2023-04-01"
    assert "batchmark releases build" in real.stdout


def test_the_command_ends_with_2_where_a_line_could_not_be_updated(index: PackageIndex, listed: Path) -> None:
    index.add("frame", "1.2.0", "2023-04-01", needs="nowhere")
    index.add("layers", "3.1.0", "2023-05-01")
    result = _run("update", "--list", listed)
    assert result.exit_code == 2
    assert "appended Layers 3.1.0" in result.stdout
    assert "batchmark: Frame 1.2.0 can't be locked" in result.stderr


def test_the_command_builds_the_repository(listed: Path, tmp_path: Path) -> None:
    first = _run("build", "--list", listed, "--into", tmp_path / "made")
    assert first.exit_code == 0
    assert "3 releases on branches main, layers; 3 of them new" in first.stdout
    assert "0 of them new" in _run("build", "--list", listed, "--into", tmp_path / "made").stdout
