from pathlib import Path

import pytest

from batchmark.environments import uv_index
from batchmark.environments.pins import LockError
from batchmark.environments.uv_index import NoSolutionError
from batchmark.errors import MissingPackageError
from batchmark.timeline.locks import resolve_lock
from batchmark.timeline.releases import Line, read_releases
from stand_in_releases import PackageIndex, write_list


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    index = PackageIndex(tmp_path, monkeypatch)
    for version, day in [("1.0.1", "2023-02-01"), ("1.1.0", "2023-03-01")]:
        index.add("frame", version, day, needs="Some_Part>=1")
    for version, day in [("1.0", "2023-01-01"), ("1.1", "2023-02-01"), ("1.2", "2023-02-02"), ("1.3", "2023-04-01")]:
        index.add("some-part", version, day)
    index.add("numbers", "2.0")
    index.add("layers", "3.0.0", "2023-02-15", needs="some-part>=1.2")
    return index


@pytest.fixture
def lines(tmp_path: Path) -> tuple[Line, ...]:
    return read_releases(write_list(tmp_path))


def _pins(lock: str) -> list[str]:
    return [line for line in lock.splitlines() if not line.startswith("#")]


def _refused(line: Line) -> str:
    with pytest.raises(LockError) as caught:
        resolve_lock(line, line.releases[0])
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_lock_is_what_there_was_on_the_releases_day_that_day_included(
    index: PackageIndex, lines: tuple[Line, ...]
) -> None:
    main = lines[0]
    first, second = (resolve_lock(main, release) for release in main.releases)
    assert _pins(first) == ["frame==1.0.1", "numbers==2.0", "some-part==1.1", "digits==0.1"]
    assert _pins(second) == ["frame==1.1.0", "numbers==2.0", "some-part==1.2", "digits==0.1"]


def test_a_lock_says_what_it_is_and_how_it_is_installed(index: PackageIndex, lines: tuple[Line, ...]) -> None:
    text = resolve_lock(lines[0], lines[0].releases[0])
    assert "# Frame 1.0.1, released 2023-02-01, and what pip would have installed with it that day." in text
    assert "Python 3.11, x86_64-manylinux" in text
    assert "uv pip install --no-deps -r" in text
    assert text.endswith("\ndigits==0.1\n")


def test_on_a_line_with_a_day_of_its_own_all_else_is_as_of_that_day(index: PackageIndex, tmp_path: Path) -> None:
    index.add("layers", "3.1.0", "2023-05-01", needs="some-part>=1.2")
    both = [("layers", "3.0.0", "2023-02-15"), ("layers", "3.1.0", "2023-05-01")]
    _, layers = read_releases(write_list(tmp_path, [("main", "1.0.1", "2023-02-01"), *both]))
    old, new = (_pins(resolve_lock(layers, release)) for release in layers.releases)
    assert old == ["frame==1.1.0", "layers==3.0.0", "numbers==2.0", "some-part==1.2", "digits==0.1"]
    assert new == [pin.replace("3.0.0", "3.1.0") for pin in old]


def test_a_release_that_needs_more_than_is_held_says_what_to_change(index: PackageIndex, tmp_path: Path) -> None:
    index.add("layers", "3.1.0", "2023-05-01", needs="some-part>=1.3")
    _, layers = read_releases(
        write_list(tmp_path, [("main", "1.0.1", "2023-02-01"), ("layers", "3.1.0", "2023-05-01")])
    )
    message = _refused(layers)
    assert "Layers 3.1.0 can't be locked as of 2023-03-01" in message
    assert "some-part" in message
    assert "give branch layers a later `resolved`" in message


def test_a_release_that_does_not_exist_is_refused_in_uvs_own_words(index: PackageIndex, tmp_path: Path) -> None:
    main, _ = read_releases(write_list(tmp_path, [("main", "9.0.0", "2023-04-01"), ("layers", "3.0.0", "2023-02-15")]))
    message = _refused(main)
    assert "Frame 9.0.0 can't be locked as of 2023-04-01" in message
    assert "there is no version of frame==9.0.0" in message
    assert "check its version and its date" in message


def test_a_release_that_came_later_than_its_date_says_so(index: PackageIndex, tmp_path: Path) -> None:
    main, _ = read_releases(write_list(tmp_path, [("main", "1.1.0", "2023-02-01"), ("layers", "3.0.0", "2023-02-15")]))
    assert "there is no version of frame==1.1.0" in _refused(main)


def test_a_network_that_is_down_is_told_apart(
    index: PackageIndex, lines: tuple[Line, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(LockError) as caught:
        resolve_lock(lines[0], lines[0].releases[0])
    assert not isinstance(caught.value, NoSolutionError)
    message = str(caught.value)
    assert "http://127.0.0.1:9/simple/" in message
    assert "check the network" in message
    assert "\n" not in message


def test_an_index_that_only_pip_was_told_of_is_used(
    index: PackageIndex, lines: tuple[Line, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert "frame==1.0.1" in resolve_lock(lines[0], lines[0].releases[0])


def test_the_users_settings_do_not_change_a_lock(
    index: PackageIndex, lines: tuple[Line, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resolve_lock(lines[0], lines[0].releases[0])
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2023-01-15")
    assert resolve_lock(lines[0], lines[0].releases[0]) == before


def test_without_uv_the_command_that_installs_it_is_named(
    lines: tuple[Line, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("uv.find_uv_bin", missing)
    with pytest.raises(MissingPackageError, match="pip install uv"):
        resolve_lock(lines[0], lines[0].releases[0])


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "it said nothing"),
        ("error: No such thing\n\nhint: look elsewhere", "No such thing"),
        ("error: Request failed\n  cause: Failed to fetch: x\n  cause: dns\n", "Failed to fetch: x: dns"),
        ("error: Failed to fetch: x\n  cause: refused\n", "Failed to fetch: x: refused"),
        ("error: Failed to fetch: `x`\n  Caused by: dns\n  Caused by: refused\n", "Failed to fetch: `x`: refused"),
        ("error: None\n  cause: Because a\n         and b.\n", "Because a and b"),
        ("  × No solution found\n  ╰─▶ Because a\n      and b.\n", "× No solution found ╰─▶ Because a and b"),
    ],
)
def test_uvs_last_meaningful_line_is_the_reason(printed: str, reason: str) -> None:
    assert uv_index._reason(printed) == reason
