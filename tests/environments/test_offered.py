"""What the index offers between two releases."""

from pathlib import Path

import pytest
from packaging.version import Version

from batchmark.environments import offered
from batchmark.environments.offered import releases_between
from batchmark.environments.pins import LockError
from stand_in_releases import PackageIndex

PYTHON = "3.11"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    made = PackageIndex(tmp_path, monkeypatch)
    for version in ("1.0.0", "1.1.0", "1.2.0rc1", "1.2.0", "1.10.0", "2.0.0"):
        made.add("frame", version, needs="nothing-that-is-there")
    made.add("frame", "1.3.0", yanked=True)
    made.add("frame", "1.4.0", wheel_for="cp27-cp27m-win32")
    return made


def _between(low: str, high: str, package: str = "frame") -> tuple[str, ...]:
    return releases_between(package, Version(low), Version(high), python=PYTHON)


@pytest.mark.usefixtures("index")
def test_releases_are_ascending_without_the_ends_pre_releases_and_what_was_withdrawn() -> None:
    assert _between("1.0.0", "2.0.0") == ("1.1.0", "1.2.0", "1.10.0")
    assert _between("1.1.0", "1.2.0") == ()
    assert _between("1.1.0", "1.10.0rc1") == ("1.2.0",)


@pytest.mark.usefixtures("index")
def test_a_package_that_is_not_there_has_none() -> None:
    assert _between("1.0.0", "2.0.0", "nowhere") == ()


def test_builds_of_one_release_are_one_release(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["frame==1.1.0+cpu\n", "frame==1.0.5+cpu\n", "frame==1.0.5+cpu\n"])
    monkeypatch.setattr(offered, "uv_compile", lambda *_, **__: next(answers))
    assert _between("1.0.0", "2.0.0+cpu") == ("1.0.5", "1.1.0")


def test_an_index_that_can_not_be_reached_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        message = "no network"
        raise LockError(message)

    monkeypatch.setattr(offered, "uv_compile", fail)
    with pytest.raises(LockError, match="no network"):
        _between("1.0.0", "2.0.0")
