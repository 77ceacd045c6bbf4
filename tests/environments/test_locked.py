"""An environment a release: made once, whole or not at all, and with nothing of ours in it."""

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batchmark.environments import locked
from batchmark.environments.locked import InstallError, locked_python, package_alone, python_of
from batchmark.environments.uv_index import uv_compile
from batchmark.errors import MissingPackageError
from stand_in_releases import PackageIndex

LOCK = "frame==1.0.0\nnumbers==2.0\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    made = PackageIndex(tmp_path, monkeypatch)
    made.add("frame", "1.0.0", needs="numbers, forgotten")
    made.add("numbers", "2.0")
    return made


@pytest.mark.usefixtures("index")
def test_it_holds_the_lock_and_nothing_else(tmp_path: Path) -> None:
    python = locked_python(LOCK, tmp_path / "made here")
    code = "from importlib.metadata import distributions as d; print(sorted(f'{x.name} {x.version}' for x in d()))"
    held = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout
    assert held.strip() == "['frame 1.0.0', 'numbers 2.0']"


@pytest.mark.usefixtures("index")
def test_it_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = locked_python(LOCK, tmp_path / "kept")
    monkeypatch.setattr(locked, "_uv", lambda *_, **__: pytest.fail("made again"))
    assert locked_python(LOCK, tmp_path / "kept") == python
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [python.parent.parent.name]


def test_it_is_installed_from_the_index_that_resolved_it(
    index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The resolver heeds pip's setting, in whatever folder it is.
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert "frame==1.0.0" in uv_compile(["frame"], python="3.11", options=["--no-deps"], for_platform=None)
    assert locked_python(LOCK, tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.toml", 'index-url = "http://127.0.0.1:9/simple"\n'),
        ("uv.toml", 'exclude-newer = "2001-01-01T00:00:00Z"\n[pip]\nno-binary = ["frame"]\n'),
        ("pyproject.toml", '[tool.uv]\nindex-url = "http://127.0.0.1:9/simple"\n'),
    ],
)
@pytest.mark.usefixtures("index")
def test_settings_of_the_users_project_do_not_redirect_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / name).write_text(text)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.delenv("UV_NO_CONFIG")
    assert locked_python(LOCK, tmp_path / "made").exists()
    # A folder that is named from here is found, too.
    assert locked_python(LOCK, Path("made here")).exists()


@pytest.mark.parametrize("setting", ["UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE_NEWER", "VIRTUAL_ENV"])
@pytest.mark.usefixtures("index")
def test_settings_of_the_environment_do_not_change_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    (tmp_path / "constraints.txt").write_text("frame<1\n")
    values = {"UV_EXCLUDE_NEWER": "2001-01-01"}
    monkeypatch.setenv(setting, values.get(setting, str(tmp_path / "constraints.txt")))
    assert locked_python(LOCK, tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("head", "version"),
    [
        ("# Frame 1, released 2023-01-01.\n# Python 3.12, x86_64-manylinux_2_28. Never edit it\n", "3.12"),
        ("# Python 3.9, x86_64\n", "3.9"),
        ("# a stand-in\n", "3.11"),
        ("", "3.11"),
        ("# for Python 3.12, as somebody noted\n", "3.11"),
    ],
)
def test_it_has_the_python_that_the_lock_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str, version: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(locked, "_uv", lambda *arguments, **_: asked.extend(arguments))
    with pytest.raises(InstallError):
        locked_python(head + LOCK, tmp_path / "made")
    assert asked[asked.index("--python") + 1] == version
    assert python_of(head + LOCK) == version


@pytest.mark.usefixtures("index")
def test_what_can_not_be_installed_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"^its environment could not be made: .*frame.*9\.0"):
        locked_python("frame==9.0\n", tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


def test_without_a_network_it_says_so_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cold"))
    with pytest.raises(InstallError, match=r"could not be made: .*127\.0\.0\.1"):
        locked_python(LOCK, tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


@pytest.mark.usefixtures("index")
def test_an_interrupted_installation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = locked._uv

    def interrupted(*arguments: str, **how: bool) -> None:
        if arguments[0] == "pip":
            raise KeyboardInterrupt
        whole(*arguments, **how)

    monkeypatch.setattr(locked, "_uv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        locked_python(LOCK, tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []
    monkeypatch.undo()


@pytest.mark.usefixtures("index")
def test_one_whose_interpreter_vanished_is_made_again(tmp_path: Path) -> None:
    """As it is where the Python that it has a link to is removed, or replaced by a newer one."""
    python = locked_python(LOCK, tmp_path / "kept")
    python.unlink()
    python.symlink_to(tmp_path / "removed" / "python3.11")
    again = locked_python(LOCK, tmp_path / "kept")
    assert again == python
    assert (
        subprocess.run([again, "-c", "import sys; print('here')"], check=True, capture_output=True).stdout == b"here\n"
    )
    assert [path.name for path in (tmp_path / "kept").iterdir()] == [python.parent.parent.name]


@pytest.mark.usefixtures("index")
def test_one_that_another_process_made_meanwhile_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = locked_python(LOCK, tmp_path / "kept")
    (theirs.parents[1] / "theirs").touch()
    place = theirs.parents[1]
    place.rename(tmp_path / "theirs")
    whole = locked._uv

    def beaten(*arguments: str, **how: bool) -> None:
        whole(*arguments, **how)
        if arguments[0] == "pip":
            (tmp_path / "theirs").rename(place)

    monkeypatch.setattr(locked, "_uv", beaten)
    assert locked_python(LOCK, tmp_path / "kept") == theirs
    assert (place / "theirs").exists()


def _full(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("doing", ["tempfile.mkdtemp", "subprocess.run", "pathlib.Path.write_text"])
def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doing: str
) -> None:
    monkeypatch.setattr(doing, _full)
    with pytest.raises(InstallError, match=r"^its environment could not be made in .*: No space left on device$"):
        locked_python(LOCK, tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


def test_a_package_of_uv_without_its_program_is_no_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("uv.find_uv_bin", lost)
    with pytest.raises(MissingPackageError, match="pip install uv"):
        locked_python(LOCK, tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


def test_a_folder_in_which_nothing_can_be_linked_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "made").touch()
    with pytest.raises(InstallError, match="Batchmark can't be linked into "):
        package_alone(tmp_path / "ours", tmp_path / "made")


def test_of_the_package_nothing_but_itself_can_be_imported(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    for name in ("ours", "numpy"):
        (installed / name).mkdir(parents=True)
        (installed / name / "__init__.py").touch()
    path = package_alone(installed / "ours", tmp_path / "made")
    # Again, and after a move of the package, it is the same folder.
    assert package_alone(installed / "ours", tmp_path / "made") == path
    code = "import ours\ntry:\n import numpy\nexcept ImportError:\n print('alone')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "alone"
    moved = installed.rename(tmp_path / "elsewhere")
    package_alone(moved / "ours", tmp_path / "made")
    assert (path / "ours").resolve() == moved / "ours"
