import datetime as dt
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

from batchmark.environments.pins import read_pins
from batchmark.errors import BatchmarkError
from batchmark.timeline.releases import Line, ReleaseListError, read_releases
from batchmark.timeline.repository import build_repository
from stand_in_releases import HEAD, RELEASES, write_list

OWN_LIST = Path(__file__).parents[2] / "benchmarks" / "releases" / "releases.toml"


@pytest.fixture(scope="module")
def own_lines() -> tuple[Line, ...]:
    return read_releases(OWN_LIST)


def _refused(path: Path) -> str:
    with pytest.raises(BatchmarkError) as caught:
        read_releases(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_list_is_read_line_by_line(tmp_path: Path) -> None:
    main, layers = read_releases(write_list(tmp_path))
    assert (main.branch, main.package, main.title) == ("main", "frame", "Frame releases")
    assert [release.tag for release in main.releases] == ["v1.0.1", "v1.1.0"]
    (only,) = layers.releases
    assert only.released == dt.date(2023, 2, 15)
    assert only.title == "Layers 3.0.0"
    assert only.lock == tmp_path / "locks" / "layers-3.0.0.txt"
    assert layers.recipe.beside == ("frame==1.1.0", "numbers")


def test_releases_of_the_same_day_are_in_order(tmp_path: Path) -> None:
    (main, _) = read_releases(write_list(tmp_path, [*RELEASES, ("main", "1.2.0", "2023-03-01")]))
    assert len(main.releases) == 3


@pytest.mark.parametrize(
    ("added", "told"),
    [
        (("main", "1.2.0", "2023-02-28"), "Frame 1.2.0 (2023-02-28) comes after Frame 1.1.0 (2023-03-01)"),
        (("main", "1.0.2", "2023-04-01"), "Frame 1.0.2 (2023-04-01) comes after Frame 1.1.0 (2023-03-01)"),
        (("main", "1.1.0", "2023-03-01"), "tag v1.1.0 stands there more than once"),
        (("other", "1.1.0", "2023-03-01"), "branch 'other', which no [[line]] has; branches are: main, layers"),
        (("main", "1.2", "2023-04-01T10:00:00"), "Expected `date`"),
        (("main", "newest", "2023-04-01"), "'newest' is no version such as 2.21.0"),
        (("main", "1.2.0-1", "2023-04-01"), "'1.2.0-1' is no version such as 2.21.0"),
    ],
)
def test_a_release_that_does_not_fit_is_refused_by_name(tmp_path: Path, added: tuple[str, str, str], told: str) -> None:
    assert told in _refused(write_list(tmp_path, [*RELEASES, added]))


def test_versions_are_compared_as_versions(tmp_path: Path) -> None:
    main, _ = read_releases(write_list(tmp_path, [*RELEASES, ("main", "1.10.0", "2023-04-01")]))
    assert main.releases[-1].version == "1.10.0"


@pytest.mark.parametrize(
    ("given", "becomes", "told"),
    [
        ('package = "frame"', 'package = "frame"\ncolour = "red"', "colour"),
        ('python = "3.11"', "", "python"),
        ('python = "3.11"', "python = 3.11", "Expected `str`"),
        ('branch = "layers"', 'branch = "main"', "branch main stands there more than once"),
        ('branch = "main"', 'branch = "a b"', "branch"),
        ("[[line]]", "[[line]", "not a list of releases"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(tmp_path: Path, given: str, becomes: str, told: str) -> None:
    message = _refused(write_list(tmp_path, head=HEAD.replace(given, becomes, 1)))
    assert told in message
    assert "releases.toml" in message


def test_a_missing_list_says_which_option_names_another(tmp_path: Path) -> None:
    assert "--list" in _refused(tmp_path / "releases.toml")


def test_a_line_without_releases_is_refused(tmp_path: Path) -> None:
    assert "branch layers has no [[release]]" in _refused(write_list(tmp_path, RELEASES[:2]))


def test_a_missing_lock_is_refused_with_its_file(tmp_path: Path) -> None:
    path = write_list(tmp_path)
    (tmp_path / "locks" / "v1.1.0.txt").unlink()
    assert "v1.1.0.txt: no such lock" in _refused(path)


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        ("frame==1.0.1\n", "pins frame 1.0.1, expected 1.1.0"),
        ("numbers==2.0\n", "pins frame not at all, expected 1.1.0"),
        ("frame>=1.1.0\n", ":1: 'frame>=1.1.0' is no name==version"),
        ("frame==1.1.0\nFrame==1.1.0\n", ":2: 'Frame==1.1.0' pins a package a second time"),
        ("frame==1.1.0\n-r other.txt\n", ":2: '-r other.txt' is no name==version"),
        ("\udcff", "can't be read as a lock"),
    ],
)
def test_a_lock_that_is_not_the_releases_own_is_refused(tmp_path: Path, lock: str, told: str) -> None:
    path = write_list(tmp_path)
    (tmp_path / "locks" / "v1.1.0.txt").write_bytes(lock.encode(errors="surrogateescape"))
    assert told in _refused(path)


def test_a_list_error_is_told_apart_from_others(tmp_path: Path) -> None:
    with pytest.raises(ReleaseListError):
        read_releases(tmp_path / "nowhere.toml")


def test_the_list_has_every_minor_from_2_12_to_2_21(own_lines: tuple[Line, ...]) -> None:
    tensorflow, keras = own_lines
    assert (tensorflow.branch, keras.branch) == ("main", "keras")
    minors = {Version(release.version).release[:2] for release in tensorflow.releases}
    assert minors >= {(2, minor) for minor in range(12, 22)}
    assert {Version(release.version).release[:2] for release in keras.releases} >= {(3, n) for n in range(10, 16)}


def test_every_lock_is_for_measuring_alone(own_lines: tuple[Line, ...]) -> None:
    unwanted = {"pytest", "pytest-benchmark", "matplotlib", "pandas", "statsmodels", "seaborn", "msgspec", "click"}
    for line in own_lines:
        for release in line.releases:
            pins = read_pins(release.lock)
            assert not unwanted & pins.keys(), release.tag
            assert {"tensorflow-cpu", "keras", "numpy", "scikit-learn", "mlxtend"} <= pins.keys(), release.tag


def test_no_lock_is_left_that_no_release_has(own_lines: tuple[Line, ...]) -> None:
    listed = {release.lock for line in own_lines for release in line.releases}
    assert set((OWN_LIST.parent / "locks").iterdir()) == listed


def test_on_the_keras_line_only_keras_differs(own_lines: tuple[Line, ...]) -> None:
    _, keras = own_lines
    others = [{**read_pins(release.lock), "keras": ""} for release in keras.releases]
    assert all(pins == others[0] for pins in others)


def test_what_was_measured_is_not_orphaned(own_lines: tuple[Line, ...], tmp_path: Path) -> None:
    """A hash holds all that comes before it: these two may be joined by later ones and never change."""
    hashes = build_repository(own_lines, tmp_path / "releases").hashes
    assert len(hashes) == len(tomllib.loads(OWN_LIST.read_text())["release"])
    assert hashes["v2.21.0"] == "544ddd9fc4f32dad81294992447ec328a4dc0c71"
    assert hashes["keras-3.15.1"] == "89b2b90a4b420b022400e6968fb7d84aa107c0a4"
