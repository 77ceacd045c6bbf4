"""An environment by its requirements: resolved once, made once, kept."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from batchmark.environments import requested
from batchmark.environments.pins import LockError
from batchmark.environments.requested import Environment, environment_for, split_requirements
from batchmark.errors import BatchmarkError
from stand_in_releases import PackageIndex


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    made = PackageIndex(tmp_path, monkeypatch)
    made.add("frame", "1.0.0", needs="numbers")
    made.add("frame", "1.1.0", needs="numbers")
    made.add("numbers", "2.0")
    return made


def _made(tmp_path: Path, *requirements: str, **how: bool) -> Environment:
    return environment_for(requirements, cache=tmp_path / "a cache", **how)  # type: ignore[arg-type]


@pytest.mark.usefixtures("index")
def test_it_holds_what_was_asked_for_and_what_that_needs(tmp_path: Path) -> None:
    told: list[str] = []
    made = environment_for(["frame==1.0.0"], cache=tmp_path / "a cache", tell=told.append)
    assert made.packages == {"frame": "1.0.0", "numbers": "2.0"}
    code = "from importlib.metadata import version; print(version('frame'))"
    assert subprocess.run([made.python, "-c", code], check=True, capture_output=True, text=True).stdout == "1.0.0\n"
    assert told == ["resolving frame==1.0.0", "installing frame==1.0.0"]


def test_what_was_resolved_is_kept_until_it_is_asked_for_again(tmp_path: Path, index: PackageIndex) -> None:
    first = _made(tmp_path, "frame")
    assert first.packages["frame"] == "1.1.0"
    index.add("frame", "1.2.0", needs="numbers")
    assert _made(tmp_path, "frame") == first
    assert _made(tmp_path, "frame", refresh=True).packages["frame"] == "1.2.0"
    assert _made(tmp_path, "frame").packages["frame"] == "1.2.0"


@pytest.mark.parametrize("setting", ["UV_DEFAULT_INDEX", "PIP_INDEX_URL", "UV_INDEX_URL"])
def test_what_was_resolved_on_one_index_is_not_taken_for_another(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    assert _made(tmp_path, "frame").packages["frame"] == "1.1.0"
    (tmp_path / "another").mkdir()
    another = PackageIndex(tmp_path / "another", monkeypatch)
    another.add("frame", "1.0.5")
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.setenv(setting, another.url)
    assert _made(tmp_path, "frame").packages == {"frame": "1.0.5"}
    monkeypatch.setenv(setting, index.url)
    assert _made(tmp_path, "frame").packages["frame"] == "1.1.0"


@pytest.mark.usefixtures("index")
def test_an_indexs_password_is_kept_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_EXTRA_INDEX_URL", "http://user:hush@127.0.0.1:9/simple")
    monkeypatch.setattr(requested, "uv_compile", lambda *_, **__: "frame==1.0.0\n")
    with pytest.raises(BatchmarkError):
        _made(tmp_path, "frame")
    assert not any("hush" in path.read_text() for path in (tmp_path / "a cache" / "locks").iterdir())


@pytest.mark.usefixtures("index")
def test_the_order_of_requirements_makes_no_other_environment(tmp_path: Path) -> None:
    assert _made(tmp_path, "numbers", "frame==1.0.0") == _made(tmp_path, "frame ==1.0.0", "numbers")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("requirement", ["frame==9.9", "no-such-package"])
def test_what_does_not_exist_is_named(tmp_path: Path, requirement: str) -> None:
    with pytest.raises(BatchmarkError, match=requirement.partition("==")[0]) as caught:
        _made(tmp_path, requirement)
    assert "\n" not in str(caught.value)


def test_without_a_network_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cold"))
    with pytest.raises(LockError, match=r"127\.0\.0\.1.*check the network"):
        _made(tmp_path, "frame")


@pytest.mark.usefixtures("index")
def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(requested, "locked_python", full)
    with pytest.raises(LockError, match=r"the environment of frame can't be kept in .*: No space left on device"):
        _made(tmp_path, "frame")


@pytest.mark.usefixtures("index")
def test_a_lock_that_is_damaged_is_named(tmp_path: Path) -> None:
    _made(tmp_path, "frame")
    (kept,) = (tmp_path / "a cache" / "locks").iterdir()
    kept.write_bytes(b"\xff\xfe frame")
    with pytest.raises(LockError, match=rf"^{re.escape(str(kept))} can't be read as a lock .*delete it"):
        _made(tmp_path, "frame")


@pytest.mark.usefixtures("index")
def test_a_uv_that_can_not_be_started_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv").write_text("no program")
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(tmp_path / "uv"))
    with pytest.raises(LockError, match="uv can't be run to resolve frame: Permission denied"):
        _made(tmp_path, "frame")


@pytest.mark.parametrize("text", ["", "  ", "tensorflow = 2", "==2.0"])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(LockError, match=r"tensorflow-cpu==2\.21\.0"):
        split_requirements(text)


def test_requirements_are_told_apart_by_spaces() -> None:
    assert split_requirements(" tensorflow-cpu==2.21.0  keras==3.15.1 ") == ("tensorflow-cpu==2.21.0", "keras==3.15.1")


def test_packages_stay_at_the_versions_of_another_environment_where_they_can(
    tmp_path: Path, index: PackageIndex
) -> None:
    index.add("numbers", "3.0")
    index.add("frame", "1.2.0", needs="numbers>=3")

    def packages(frame: str, like: dict[str, str] | None = None) -> Mapping[str, str]:
        return environment_for([f"frame=={frame}"], cache=tmp_path / "a cache", like=like).packages

    assert packages("1.1.0")["numbers"] == "3.0"
    near = {"numbers": "2.0", "frame": "1.0.0", "local": "file:///somewhere"}
    assert packages("1.1.0", near) == {"frame": "1.1.0", "numbers": "2.0"}
    assert packages("1.2.0", near)["numbers"] == "3.0"
    assert packages("1.1.0")["numbers"] == "3.0"
