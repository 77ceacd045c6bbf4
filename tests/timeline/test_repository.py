import datetime as dt
import itertools
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmark.environments.git_program import GitError, run_git
from batchmark.errors import MissingPackageError
from batchmark.timeline import repository as module
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import Repository, RepositoryError, build_repository
from stand_in_releases import RELEASES, Listed, write_list

GOLDEN = {
    "v1.0.1": "e5ffd8b0857560a48ff49fa3e4fa61d648cb95a4",
    "v1.1.0": "d6bf2ad40984d2d53fa44476d5961ed5faac7b40",
    "layers-3.0.0": "a1404e154f1d17453576c19bdd9f67dd072aaca5",
}


def _build(
    folder: Path, releases: list[Listed] | tuple[Listed, ...] = tuple(RELEASES), name: str = "made"
) -> Repository:
    return build_repository(read_releases(write_list(folder / "list", releases)), folder / name)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_the_hashes_are_the_same_on_every_machine(tmp_path: Path) -> None:
    assert _build(tmp_path).hashes == GOLDEN
    assert _build(tmp_path / "elsewhere").hashes == GOLDEN


def test_the_users_settings_change_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[user]\nname = me\n[commit]\ngpgsign = true\n[core]\nhooksPath = /nowhere\nautocrlf = true\n")
    surroundings = {
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_DIR": str(tmp_path / "another"),
        "TZ": "Asia/Tokyo",
        "LANG": "de_DE.UTF-8",
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    assert _build(tmp_path).hashes == GOLDEN


def test_a_commit_is_a_release(tmp_path: Path) -> None:
    made = _build(tmp_path).folder
    assert _git(made, "show", "v1.1.0:requirements.txt") == "# a stand-in\nframe==1.1.0\nnumbers==2.0"
    assert _git(made, "ls-tree", "--name-only", "v1.1.0") == "requirements.txt"
    assert _git(made, "log", "-1", "--format=%s %aI %cI", "v1.0.1").split() == [
        "Frame",
        "1.0.1",
        "2023-02-01T12:00:00+00:00",
        "2023-02-01T12:00:00+00:00",
    ]
    assert _git(made, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert _git(made, "fsck", "--strict") == ""


def test_each_line_is_a_branch_with_a_root_of_its_own(tmp_path: Path) -> None:
    made = _build(tmp_path)
    assert _git(made.folder, "rev-list", "--reverse", "main").split() == [GOLDEN["v1.0.1"], GOLDEN["v1.1.0"]]
    assert _git(made.folder, "rev-list", "layers").split() == [GOLDEN["layers-3.0.0"]]


def test_releases_of_one_day_ascend_by_a_minute(tmp_path: Path) -> None:
    releases = [*RELEASES, ("main", "1.2.0", "2023-03-01"), ("main", "1.3.0", "2023-03-01")]
    made = _build(tmp_path, releases).folder
    assert _git(made, "log", "-3", "--reverse", "--format=%aI", "main").split() == [
        "2023-03-01T12:00:00+00:00",
        "2023-03-01T12:01:00+00:00",
        "2023-03-01T12:02:00+00:00",
    ]


def test_a_second_build_changes_nothing(tmp_path: Path) -> None:
    first = _build(tmp_path)
    files = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    second = _build(tmp_path)
    assert set(first.added) == set(GOLDEN)
    assert second.added == ()
    assert second.hashes == first.hashes
    assert {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")} == files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list", "made"]


def test_an_appended_release_is_added_to_what_is_there(tmp_path: Path) -> None:
    _build(tmp_path)
    made = _build(tmp_path, (*RELEASES, ("main", "1.2.0", "2023-04-01")))
    assert made.added == ("v1.2.0",)
    assert made.hashes.items() > GOLDEN.items()
    assert _git(made.folder, "rev-parse", "main", "v1.2.0").split() == [made.hashes["v1.2.0"]] * 2


@settings(max_examples=6, deadline=None)
@given(
    days=st.lists(st.dates(dt.date(2015, 11, 9), dt.date(2100, 1, 1)), min_size=2, max_size=5).map(sorted),
    cut=st.integers(min_value=1, max_value=4),
)
def test_appending_keeps_every_earlier_hash(days: list[dt.date], cut: int) -> None:
    releases: list[Listed] = [("main", f"1.{number}.0", str(day)) for number, day in enumerate(days)]
    layers: Listed = ("layers", "3.0.0", "2023-01-01")
    with tempfile.TemporaryDirectory() as folder:
        before = dict(_build(Path(folder), [*releases[:cut], layers]).hashes)
        after = _build(Path(folder), [*releases, layers])
        anew = _build(Path(folder), [*releases, layers], name="anew")
    assert after.hashes == anew.hashes
    assert before.items() <= after.hashes.items()


def _another_lock(folder: Path) -> None:
    with (folder / "list" / "locks" / "v1.0.1.txt").open("a") as lock:
        lock.write("another==1.0\n")


def _one_in_the_middle(folder: Path) -> None:
    write_list(folder / "list", [RELEASES[0], ("main", "1.0.2", "2023-02-02"), *RELEASES[1:]])


def _one_less(folder: Path) -> None:
    write_list(folder / "list", RELEASES[1:])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_another_lock, "v1.0.1 is commit"),
        (_one_in_the_middle, "v1.1.0 is commit"),
        (_one_less, "v1.0.1 is commit"),
    ],
)
def test_what_would_orphan_results_is_refused_by_name(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    made = _build(tmp_path).folder
    change(tmp_path)
    with pytest.raises(RepositoryError, match="orphans") as caught:
        build_repository(read_releases(tmp_path / "list" / "releases.toml"), made)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _git(made, "rev-parse", *GOLDEN).split() == list(GOLDEN.values())


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "thesis.txt").write_text("mine")
    with pytest.raises(RepositoryError, match="choose another folder with --into"):
        _build(tmp_path)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["thesis.txt"]


def test_someone_elses_repository_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "made"
    run_git("init", "--quiet", "--bare", other)
    run_git(
        "fast-import", "--quiet", repository=other, given=b"commit refs/heads/work\ncommitter m <m@m> 1 +0000\ndata 0\n"
    )
    with pytest.raises(RepositoryError, match="holds refs/heads/work, which no line of the list makes"):
        _build(tmp_path)


def test_an_empty_folder_is_built_in(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    assert _build(tmp_path).hashes == GOLDEN


@pytest.mark.parametrize("moment", ["init", "fast-import", "fetch"])
def test_an_interrupted_build_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    made = _build(tmp_path).folder

    def interrupted(*arguments: str | Path, repository: Path | None = None, given: bytes = b"") -> str:
        if arguments[0] == moment:
            raise KeyboardInterrupt
        return run_git(*arguments, repository=repository, given=given)

    monkeypatch.setattr(module, "run_git", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _build(tmp_path, (*RELEASES, ("main", "1.2.0", "2023-04-01")))
    assert _git(made, "rev-parse", "main", "layers").split() == [GOLDEN["v1.1.0"], GOLDEN["layers-3.0.0"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list", "made"]


def test_a_machine_without_git_is_told_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPackageError, match="install git"):
        _build(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RepositoryError, match="can't be built there"):
        build_repository(read_releases(write_list(tmp_path / "list")), tmp_path / "file" / "made")


def test_gits_own_words_are_the_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        run_git("for-each-ref", repository=tmp_path / "nowhere")


def test_a_branch_that_was_lost_comes_back(tmp_path: Path) -> None:
    made = _build(tmp_path).folder
    _git(made, "update-ref", "-d", "refs/heads/layers")
    _build(tmp_path)
    assert _git(made, "rev-parse", "layers") == GOLDEN["layers-3.0.0"]


def test_all_dates_of_a_line_ascend(tmp_path: Path) -> None:
    """What asv orders commits by."""
    made = _build(tmp_path, (*RELEASES, ("main", "1.2.0", "2023-03-01"))).folder
    dates = _git(made, "log", "--reverse", "--format=%at", "main").split()
    assert all(int(one) < int(next_one) for one, next_one in itertools.pairwise(dates))
