"""How many processors there are to use, read from files like the system's."""

import os
from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError, UnsupportedPlatformError
from batchmark.measurement.processors import on_processors, processor_quota, usable_cores


@pytest.fixture(autouse=True)
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight processors, all of which this process may run on."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def _machine(root: Path, cgroup: str, **files: str) -> Path:
    for name, text in {"proc/self/cgroup": cgroup, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_a_group_there_are_those_it_may_run_on(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == 8
    assert processor_quota(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "cores", "quota"),
    [
        ("max 100000\n", 8, None),
        ("200000 100000\n", 2, 2),
        ("150000 100000\n", 1.5, 1.5),
        ("50000 100000\n", 0.5, 0.5),
        ("1600000 100000\n", 8, 16),
        ("", 8, None),
        ("damaged\n", 8, None),
        ("100000 0\n", 8, None),
    ],
)
@pytest.mark.parametrize("path", ["/", "/on/the/host/only"])
def test_a_containers_quota_counts_where_it_is_less(
    tmp_path: Path, text: str, cores: float, quota: float | None, path: str
) -> None:
    root = _machine(tmp_path, f"0::{path}\n", **{"sys/fs/cgroup/cpu.max": text})
    assert (usable_cores(root), processor_quota(root)) == (cores, quota)
    assert isinstance(usable_cores(root), int) is float(cores).is_integer()


def test_the_narrowest_of_nested_groups_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/a/cpu.max": "300000 100000",
        "sys/fs/cgroup/a/b/cpu.max": "max 100000",
        "sys/fs/cgroup/a/b/c/cpu.max": "500000 100000",
    }
    assert usable_cores(_machine(tmp_path, "0::/a/b/c\n", **files)) == 3


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("400000", 4), ("25000", 0.25)])
def test_groups_of_the_first_version_count_too(tmp_path: Path, quota: str, cores: float) -> None:
    folder = "sys/fs/cgroup/cpu/mine/"
    files = {folder + "cpu.cfs_quota_us": quota, folder + "cpu.cfs_period_us": "100000\n"}
    lines = "9:name=systemd:/\n5:cpu,cpuacct:/mine\n4:memory:/\n0::/\n"
    assert usable_cores(_machine(tmp_path, lines, **files)) == cores


def test_a_quota_leaves_what_it_may_run_on_where_that_is_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert usable_cores(_machine(tmp_path, "0::/\n", **{"sys/fs/cgroup/cpu.max": "200000 100000"})) == 1


def test_a_system_that_knows_no_affinity_has_its_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert usable_cores(tmp_path) == 6


def test_this_machine_has_some() -> None:
    cores = usable_cores()
    assert cores is not None
    assert cores > 0


def test_a_process_keeps_to_so_many_of_its_processors_and_has_all_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[set[int]] = []
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, which: kept.append(set(which)), raising=False)
    with on_processors(3):
        assert kept == [{0, 1, 2}]
    assert kept[1:] == [set(range(8))]
    with on_processors(None):
        assert len(kept) == 2, "nothing is set where nothing is asked for"


@pytest.mark.parametrize("count", [0, 9])
def test_more_processors_than_there_are_is_refused(count: int) -> None:
    with (
        pytest.raises(BatchmarkError, match=rf"--threads {count}: this process may run on 8; use 1 to 8"),
        on_processors(count),
    ):
        pass


def test_a_system_that_has_no_such_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with pytest.raises(UnsupportedPlatformError, match="--threads 2: this system can't keep"), on_processors(2):
        pass
