"""Which files are the user's own."""

import json
import sys
from pathlib import Path

import pytest

from batchmark.errors import WorkloadError
from batchmark.workloads import find_workload, users_files
from batchmark.workloads.users_files import add_users_folder, add_workloads_module, is_users


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's project, the current folder."""
    for kept in ("_folders", "_own"):
        monkeypatch.setattr(users_files, kept, set())
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def _written(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["training.py", "src/pkg/model.py", "lib/python3/thing.py", "tests/conftest.py"])
def test_what_is_below_the_folder_a_run_began_in_is_the_users(project: Path, name: str) -> None:
    assert is_users(str(_written(project / name)))
    assert is_users(name)


@pytest.mark.parametrize(
    "name",
    [
        ".venv/lib/python3.11/site-packages/numpy/core.py",
        "env/lib64/python3.9/site-packages/keras/src/models.py",
        "usr/lib/python3/dist-packages/numpy.py",
        "env/src/edited/model.py",
        "conda/lib/python3.11/thing.py",
        "vendor/numpy/core.py",
    ],
)
def test_what_is_installed_in_the_project_folder_is_not(project: Path, name: str) -> None:
    _written(project / "env" / "pyvenv.cfg")
    _written(project / "conda" / "conda-meta" / "history")
    _written(project / "vendor" / "numpy-2.0.dist-info" / "METADATA")
    assert not is_users(str(_written(project / name)))


def test_a_link_into_an_installation_is_none_of_the_users(project: Path, tmp_path: Path) -> None:
    installed = _written(tmp_path / "env" / "site-packages" / "lib" / "model.py")
    (project / "lib").symlink_to(installed.parent)
    assert not is_users(str(project / "lib" / "model.py"))
    elsewhere = _written(tmp_path / "store" / "lib" / "model.py")
    (project / "site-packages").symlink_to(elsewhere.parents[1])
    assert not is_users(str(project / "site-packages" / "lib" / "model.py"))


def test_a_project_that_is_reached_by_a_link_is_the_users(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written(project / "training.py")
    (tmp_path / "link").symlink_to(project)
    monkeypatch.chdir(tmp_path / "link")
    assert is_users(str(tmp_path / "link" / "training.py"))


@pytest.mark.parametrize("name", ["/opt/numpy-dev/numpy/core.py", "/tmp/torchinductor/x.py", json.__file__, "<string>"])  # noqa: S108
def test_what_is_elsewhere_is_not(project: Path, name: str) -> None:
    assert not is_users(name)
    assert project.exists()


def test_what_autograph_generated_is_not(project: Path) -> None:
    assert not is_users(str(_written(project / "__autograph_generated_filez3x.py")))


def test_our_own_files_are_not_though_one_works_on_them(project: Path) -> None:
    add_users_folder(Path(users_files.__file__).parents[3])
    assert not is_users(users_files.__file__)
    assert is_users(__file__)
    assert project.exists()


def test_what_is_around_a_workloads_module_is_the_users_wherever_it_is(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere" / "src"))
    own = _written(tmp_path / "elsewhere" / "src" / "pkg" / "__init__.py")
    beside = _written(tmp_path / "elsewhere" / "src" / "helping.py")
    assert not is_users(str(own))
    add_workloads_module("pkg.training")
    assert is_users(str(own))
    assert is_users(str(beside))
    assert is_users(str(_written(project / "training.py")))


def test_a_workloads_own_package_is_the_users_though_it_is_installed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "env" / "site-packages"
    monkeypatch.syspath_prepend(str(installed))
    own = _written(installed / "offering" / "__init__.py")
    other = _written(installed / "other.py")
    add_workloads_module("offering")
    assert is_users(str(own))
    assert not is_users(str(other))
    assert project.exists()


def _edit(project: Path, site: Path) -> None:
    """Have a project be installed to be edited."""
    origin = {"url": project.as_uri(), "dir_info": {"editable": True}}
    _written(site / f"{project.name}-1.0.dist-info" / "METADATA", f"Metadata-Version: 2.1\nName: {project.name}\n")
    _written(site / f"{project.name}-1.0.dist-info" / "direct_url.json", json.dumps(origin))


def test_another_project_that_is_installed_to_be_edited_is_a_library(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    third = _written(project / "third party" / "layers" / "model.py")
    assert is_users(str(third))
    _edit(third.parent, tmp_path / "site-packages")
    assert not is_users(str(third))
    # The user's own project may be installed so, too.
    _edit(project, tmp_path / "site-packages")
    assert is_users(str(_written(project / "src" / "pkg" / "model.py")))


@pytest.mark.parametrize("name", ["", ".a", "no_such_module.part", "sys"])
def test_a_name_that_is_no_module_of_a_user_adds_the_folder_alone(project: Path, name: str) -> None:
    add_workloads_module(name)
    assert users_files._folders == {project.resolve()}


def test_an_error_of_a_library_that_lies_in_a_folder_on_the_path_is_told_where_the_user_called_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"calls_{tmp_path.name.replace('-', '_')}"
    monkeypatch.syspath_prepend(str(tmp_path / "built by hand"))
    _written(tmp_path / "built by hand" / "numbers_by_hand.py", "def add():\n    raise ValueError('no')\n")
    monkeypatch.syspath_prepend(str(project))
    _written(project / f"{name}.py", "import numbers_by_hand\n\nnumbers_by_hand.add()\n")
    with pytest.raises(WorkloadError, match=rf"can't be imported: {name}\.py:3: ValueError: no$"):
        find_workload(f"{name}:X")
    assert name not in sys.modules
