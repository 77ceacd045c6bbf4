"""git itself: how it is run, out of reach of the user's settings or as the user has it, and what it answers."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from batchmark.errors import BatchmarkError, MissingPackageError

# How a user's git reaches what it has elsewhere, and where it looks for a repository; the rest is of another one.
_USERS = (
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
)


Finished = subprocess.CompletedProcess[bytes]
"""What came of running git."""


class GitError(BatchmarkError):
    """git ended with an error; its own words."""


def run_git(*arguments: str | Path, repository: Path | None = None, given: bytes = b"") -> str:
    """Run git, in a bare repository where one is named, and return what it prints; it depends on its input alone.

    Raises:
        GitError: git ended with an error, or can't be started.
        MissingPackageError: git is not installed.
    """
    where = [] if repository is None else [f"--git-dir={repository}"]
    return answer(start_git(*where, *arguments, environment=apart(os.environ), given=given))


def start_git(
    *arguments: str | Path, environment: Mapping[str, str], at: Path | None = None, given: bytes = b""
) -> Finished:
    """Run git in the folder `at`, with `given` as its input; return what came of it.

    Raises:
        GitError: git can't be started.
        MissingPackageError: git is not installed.
    """
    try:
        return subprocess.run(  # noqa: S603  git, with arguments of ours
            ["git", *arguments],  # noqa: S607  the user's own git, wherever it is
            input=given,
            capture_output=True,
            check=False,
            cwd=at,
            env=dict(environment),
        )
    except FileNotFoundError:
        message = "git is not installed, and this needs it; install git (Debian: apt install git)"
        raise MissingPackageError(message) from None
    except OSError as error:
        message = f"git can't be started: {error.strerror or error}"
        raise GitError(message) from error


def answer(done: Finished) -> str:
    """Return what git printed; a path in it is whatever its bytes are.

    Raises GitError: it ended with an error; what it said, without its hints.
    """
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split("\n\n", maxsplit=1)[0].split())
        message = f"git: {said or f'it ended with exit code {done.returncode}'}"
        raise GitError(message)
    return os.fsdecode(done.stdout)


def apart(outer: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git knows no settings but its own, and speaks English."""
    # Every GIT_ setting goes: within a hook, GIT_DIR is the repository that is being committed to.
    environment = {name: value for name, value in outer.items() if not name.startswith("GIT_")}
    return environment | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "LC_ALL": "C"}


def as_the_user(outer: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git is the user's, asks nothing, and writes no more than it is told to."""
    environment = {name: value for name, value in outer.items() if name in _USERS or not name.startswith("GIT_")}
    return environment | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
