"""Passes over releases: what is installed, measured, stored and tried again, over an asv that only remembers."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from batchmark.errors import BatchmarkError, MissingPackageError
from batchmark.progress import Progress, silent
from batchmark.studies.releases import passes as release_passes
from batchmark.studies.releases import storing as release_storing
from batchmark.studies.releases.passes import PassesDone, run_passes
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.studies.releases.session_file import read_session
from batchmark.timeline.asv_runs import Configuration
from batchmark.timeline.history import Commit, Measurements
from synthetic import record_of

LINE = tuple(Commit(str(number), f"v2.{number}", f"Framework 2.{number}", "") for number in range(5))
TRACKED = Tracked("mine", batch_sizes="32")
SUITE = "Mine"


class _Asv:
    """Remembers what it is to store; fails where `broken` says how."""

    def __init__(self) -> None:
        self.stored: dict[str, list[ReleaseSession]] = {}
        self.broken: BatchmarkError | None = None
        self.most = 100
        """Sessions that it stores before it fails."""
        self.forgets = False

    def record(self, _: Configuration, commits: Sequence[str], *, suite: str, measured: Path, **__: Any) -> None:
        assert suite == SUITE
        if self.forgets:
            return
        for commit in commits[: self.most]:
            self.stored.setdefault(commit, []).append(read_session(measured, commit))
        if self.broken:
            raise self.broken

    def read(self, _: Path, machine: str, commits: Iterable[Commit]) -> tuple[dict[str, Measurements], list[str]]:
        assert machine == "here"
        return {each.commit: self._of(each.commit) for each in commits if each.commit in self.stored}, []

    def _of(self, commit: str) -> Measurements:
        whole = [session for session in self.stored[commit] if session.has_measured]
        failed = len(self.stored[commit]) - len(whole)
        return Measurements({}, {SUITE: tuple(each.pass_started for each in whole)}, {SUITE: failed})

    def counts(self) -> dict[str, int]:
        """Sessions that measured something, by commit."""
        return {commit: self._of(commit).count(SUITE) for commit in sorted(self.stored)}


class _World:
    """Releases that can be installed and measured, but some."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asv = _Asv()
        self.uninstallable: dict[str, BatchmarkError] = {}
        self.unmeasurable: set[str] = set()
        self.installed: list[str] = []
        self.measured: list[list[str]] = []
        self.numbers: list[Mapping[str, int]] = []
        self._clock = 1000

    def install(self, commit: str) -> None:
        self.installed.append(commit)
        if error := self.uninstallable.get(commit):
            raise error

    def measure(
        self, tracked: Tracked, numbers: Mapping[str, int], *, pass_started: int, progress: Progress
    ) -> dict[str, ReleaseSession]:
        assert tracked is TRACKED
        progress(phase="turns", done=0, of=1, detail="")
        assert set(numbers) <= set(self.installed)
        self.measured.append(sorted(numbers))
        self.numbers.append(dict(numbers))
        return {
            commit: ReleaseSession(pass_started, problems=("no kernel",))
            if commit in self.unmeasurable
            else ReleaseSession(pass_started, records=(record_of(32, [[1.0]]),))
            for commit in numbers
        }

    def now(self) -> float:
        self._clock += 10
        return self._clock

    def run(self, *chosen: int, passes: int = 1, progress: Progress = silent) -> PassesDone:
        configuration = Configuration(*(self.folder,) * 2, ("main",), *(self.folder,) * 4)
        return run_passes(
            configuration,
            [LINE[index] for index in chosen or range(len(LINE))],
            {SUITE: TRACKED},
            passes=passes,
            at_once=10,
            machine="here",
            install=self.install,
            measure=self.measure,
            progress=progress,
            folder=self.folder,
            now=self.now,
        )

    def kept(self) -> list[Path]:
        """Folders with a pass that is not stored."""
        return sorted((self.folder / "sessions" / "here" / SUITE).glob("*"))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _World:
    made = _World(tmp_path)
    monkeypatch.setattr(release_storing, "record_sessions", made.asv.record)
    for module in (release_storing, release_passes):
        monkeypatch.setattr(module, "read_measurements", made.asv.read)
    monkeypatch.setattr(release_passes, "read_lines", lambda *_: {"main": LINE})
    return made


def test_each_release_is_installed_once_and_measured_as_often_as_asked_for(world: _World) -> None:
    done = world.run(passes=3)
    assert (done.measured, done.failed, done.complete, done.problems) == (15, 0, 0, ())
    assert world.installed == list("01234")
    assert world.measured == [list("01234")] * 3
    assert world.run(passes=3) == PassesDone(0, 0, 15, ())
    assert world.kept() == []


def test_a_release_that_can_not_be_installed_is_recorded_once_and_costs_no_other_a_session(world: _World) -> None:
    world.run(0, 1, 2, 3, passes=2)
    world.measured.clear()
    world.uninstallable["4"] = BatchmarkError("no wheel")
    for _ in range(2):
        done = world.run(passes=2)
        assert (done.measured, done.failed, done.complete) == (0, 1, 8)
        assert done.problems == ("Framework 2.4: no wheel",)
    assert world.measured == []
    assert [session.problems for session in world.asv.stored["4"]] == [("no wheel",)] * 2


def test_one_that_can_not_be_installed_is_nobodys_neighbour(world: _World) -> None:
    world.run(0, 1)
    world.measured.clear()
    world.uninstallable["2"] = BatchmarkError("no wheel")
    done = world.run(0, 1, 2, 3)
    assert world.measured == [["1", "3"]]
    assert (done.measured, done.failed) == (2, 1)


def test_a_neighbour_that_can_not_be_installed_any_more_leaves_its_place_to_the_one_before(world: _World) -> None:
    world.run(0, 1)
    world.measured.clear()
    world.uninstallable["1"] = BatchmarkError("the disk is full")
    done = world.run(2)
    assert world.measured == [["0", "2"]]
    # It has its session: nothing is recorded of it, and it is no failure.
    assert (done.measured, done.failed, done.problems) == (2, 0, ("Framework 2.1: the disk is full",))
    assert len(world.asv.stored["1"]) == 1


def test_without_what_installs_them_the_run_ends_and_no_release_is_to_blame(world: _World) -> None:
    world.uninstallable["0"] = MissingPackageError("no uv; pip install uv")
    with pytest.raises(MissingPackageError, match="no uv"):
        world.run()
    assert world.asv.stored == {}


def test_a_session_without_anything_is_no_session_and_is_tried_again_by_the_next_run(world: _World) -> None:
    world.unmeasurable = {"3"}
    done = world.run(passes=3)
    assert (done.measured, done.failed) == (12, 1)
    assert done.problems == ("Framework 2.3: no kernel",)
    assert world.measured == [list("01234"), list("0124"), list("0124")]
    world.unmeasurable.clear()
    assert world.run(passes=3).measured == 6
    assert world.measured[3:] == [["2", "3"]] * 3
    # It had no first session until then, in which memory is measured and the first seeds are trained.
    assert [numbers["3"] for numbers in world.numbers[3:]] == [1, 2, 3]


def test_only_a_new_release_is_measured_together_with_the_one_before_it(world: _World) -> None:
    world.run(0, 1, 2, 3, passes=2)
    world.measured.clear()
    assert world.run(4, passes=2).measured == 4
    assert world.measured == [["3", "4"]] * 2


def test_a_pass_that_can_not_be_stored_is_kept_named_and_stored_by_the_next_run(world: _World) -> None:
    world.asv.broken, world.asv.most = BatchmarkError("asv ended with exit code 1"), 0
    with pytest.raises(BatchmarkError, match=r"^asv ended with exit code 1; .* is kept in ") as caught:
        world.run(0, 1)
    (kept,) = world.kept()
    assert str(kept) in str(caught.value)
    assert "the next batchmark releases run stores it" in str(caught.value)
    # Not this time either: nothing is measured before it is stored.
    with pytest.raises(BatchmarkError, match="kept in"):
        world.run(0, 1)
    assert world.measured == [["0", "1"]]
    world.asv.broken, world.asv.most = None, 100
    told: list[str] = []

    def progress(*, phase: str, done: float, of: float, detail: str) -> None:
        told.append(detail)

    assert world.run(0, 1, progress=progress) == PassesDone(0, 0, 2, ())
    assert told == ["2 sessions of an earlier run, by asv"]
    assert world.kept() == []


def test_of_a_pass_that_was_stored_in_part_the_rest_is_stored_and_nothing_twice(world: _World) -> None:
    world.asv.broken, world.asv.most = BatchmarkError("asv ended with exit code 1"), 1
    with pytest.raises(BatchmarkError, match="kept in"):
        world.run(0, 1)
    world.asv.broken, world.asv.most = None, 100
    world.run(0, 1)
    assert world.asv.counts() == {"0": 1, "1": 1}
    assert len(world.measured) == 1


def test_a_pass_that_asv_drops_without_an_error_is_kept_too(world: _World) -> None:
    world.asv.forgets = True
    with pytest.raises(BatchmarkError, match=r"asv did not store what was measured; .*kept in"):
        world.run(0, 1)
    world.asv.forgets = False
    assert world.run(0, 1).complete == 2


def test_ctrl_c_while_a_pass_is_stored_loses_nothing(world: _World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(release_storing, "record_sessions", interrupted)
    with pytest.raises(KeyboardInterrupt):
        world.run(0, 1)
    monkeypatch.setattr(release_storing, "record_sessions", world.asv.record)
    assert world.run(0, 1).complete == 2
    assert len(world.measured) == 1


def test_a_kept_pass_that_can_not_be_read_is_named(world: _World) -> None:
    folder = world.folder / "sessions" / "here" / SUITE / "pass-1"
    folder.mkdir(parents=True)
    (folder / "0").write_bytes(b"of another version")
    with pytest.raises(BatchmarkError, match=f"^{folder} holds a pass that was not stored and can't be read .*delete"):
        world.run()


def test_a_disk_without_room_for_what_was_measured_is_one_line(world: _World) -> None:
    (world.folder / "sessions").touch()
    with pytest.raises(BatchmarkError, match=r"^what was measured can't be kept in \S+, and is lost: "):
        world.run(0, 1)
