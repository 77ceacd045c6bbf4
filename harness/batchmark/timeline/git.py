"""git, out of reach of the user's settings: what it writes depends on nothing but its input."""

import os
import subprocess
from pathlib import Path

from batchmark.errors import BatchmarkError, MissingPackageError


class GitError(BatchmarkError):
    """git ended with an error; its own words."""


def run_git(*arguments: str | Path, repository: Path | None = None, given: bytes = b"") -> str:
    """Run git, in a bare repository where one is named, and return what it prints.

    Raises:
        GitError: git ended with an error, or can't be started.
        MissingPackageError: git is not installed.
    """
    where = [] if repository is None else [f"--git-dir={repository}"]
    try:
        done = subprocess.run(  # noqa: S603 (git, with arguments of ours)
            ["git", *where, *arguments],  # noqa: S607 (the user's own git, wherever it is)
            input=given,
            capture_output=True,
            check=False,
            env=_environment(),
        )
    except FileNotFoundError:
        message = "the repository of releases needs git; install it (Debian: apt install git)"
        raise MissingPackageError(message) from None
    except OSError as error:
        message = f"git can't be started: {error.strerror or error}"
        raise GitError(message) from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").split("\n\n", maxsplit=1)[0].strip().splitlines()
        message = said[-1] if said else f"git {arguments[0]} ended with {done.returncode}"
        raise GitError(message)
    return done.stdout.decode()


def _environment() -> dict[str, str]:
    # Every GIT_ setting goes: within a hook, GIT_DIR is the repository that is being committed to.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return environment | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}
