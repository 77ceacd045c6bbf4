"""Running asv: which machine this is, and storing what a pass over releases measured."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchmark.errors import BatchmarkError, MissingPackageError
from batchmark.timeline import settings

# asv's own: nothing to do, and some benchmark has no value.
_SOME_FAILED = 2
_GIB = 1 << 30


@dataclass(frozen=True)
class Configuration:
    """What asv.conf.json says, paths made absolute."""

    file: Path
    repository: Path
    branches: tuple[str, ...]
    suite: Path
    environments: Path
    results: Path
    site: Path


def read_configuration(file: Path) -> Configuration:
    """Read asv's configuration.

    Raises BatchmarkError: it is missing or can't be read. MissingPackageError: no asv.
    """
    config, error = _asv("asv.config").Config, _asv("asv.util").UserError
    if not file.exists():
        message = f"no {file} here; start in the folder that holds it, or name it with --config"
        raise BatchmarkError(message)
    try:
        read = config.load(str(file))
    except (error, ValueError, OSError) as problem:
        message = f"{file} can't be read: {' '.join(str(problem).split())}"
        raise BatchmarkError(message) from problem
    root = file.absolute().parent
    return Configuration(
        file=file.absolute(),
        repository=root / read.repo,
        branches=tuple(read.branches),
        suite=root / read.benchmark_dir,
        environments=root / read.env_dir,
        results=root / read.results_dir,
        site=root / read.html_dir,
    )


def hardware() -> dict[str, str]:
    """Return what asv keeps of a machine, without what changes under it, as the kernel does."""
    defaults: Mapping[str, str] = _asv("asv.machine").Machine.get_defaults()
    memory = int(float(defaults["ram"] or 0))
    return {
        "os": platform.system(),
        "arch": defaults["arch"],
        "cpu": " ".join(defaults["cpu"].split()),
        "num_cpu": str(len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else defaults["num_cpu"],
        "ram": f"{round(memory / _GIB)} GiB",
    }


def host_name() -> str:
    """Return the name asv would give this machine."""
    return platform.node() or "this-machine"


def register_machine(name: str, results: Path) -> None:
    """Tell asv what this machine is, under a name that its results are stored by.

    Raises BatchmarkError: under this name there are results of another machine, or asv's own list of machines, in the
    user's home, can't be read or written.
    """
    here = hardware()
    stored = results / name / "machine.json"
    if stored.exists():
        try:
            there = dict(json.loads(stored.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            message = f"{stored} can't be read ({error}); restore it with git checkout, or delete it"
            raise BatchmarkError(message) from error
        if different := [key for key, value in here.items() if there.get(key) != value]:
            what = ", ".join(f"{key} is {here[key]!r} here and {there.get(key)!r} there" for key in different)
            message = f"results of a machine called {name!r} are another machine's: {what}; use another --machine"
            raise BatchmarkError(message)
    # Note: tried `asv machine --yes --cpu …`; rejected because it keeps only what differs from what it would guess.
    machines, unreadable = _asv("asv.machine").MachineCollection, _asv("asv.util").UserError
    try:
        machines.save(name, {"machine": name, **here})
    except (OSError, ValueError, unreadable) as error:
        message = f"asv's list of machines, {machines.get_machine_file_path()}, can't be written: {error}"
        raise BatchmarkError(" ".join(message.split())) from error


def record_sessions(
    configuration: Configuration, commits: Sequence[str], *, suite: str, machine: str, measured: Path, log: Path
) -> None:
    """Let asv add to its results what the folder `measured` holds of each of `commits`, a session each.

    What asv prints goes to `log`.

    Raises BatchmarkError: asv itself failed, or can't be started.
    """
    arguments = ["--config", str(configuration.file), "run", "--record-samples", "--append-samples", "--show-stderr"]
    arguments += ["--machine", machine, "--bench", rf"\.{suite}\.", "HASHFILE:-"]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as output:
            done = subprocess.run(  # noqa: S603  asv, by our own Python
                [sys.executable, "-m", "asv", *arguments],
                input="\n".join(commits) + "\n",
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd=configuration.file.parent,
                env={**os.environ, settings.MEASURED: str(measured)},
            )
    except OSError as error:
        message = f"asv can't be run, with what it says in {log}: {error.strerror or error}"
        raise BatchmarkError(message) from error
    if done.returncode not in (0, _SOME_FAILED):
        message = f"asv ended with exit code {done.returncode}; its last words: {_tail(log)}; all of them: {log}"
        raise BatchmarkError(message)


def _tail(log: Path) -> str:
    try:
        return " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-300:]
    except OSError as error:
        return f"can't be read ({error.strerror or error})"


def _asv(module: str) -> Any:  # noqa: ANN401  asv has no types
    import importlib  # noqa: PLC0415

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        message = "releases are tracked by asv, which is not installed; pip install 'batchmark[releases]'"
        raise MissingPackageError(message) from error
