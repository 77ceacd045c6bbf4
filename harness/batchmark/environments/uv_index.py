"""What uv knows: the package index that the user configured, and what resolves on it."""

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from batchmark.environments.pins import LockError
from batchmark.environments.uv_program import run_uv

if TYPE_CHECKING:
    import subprocess

PLATFORM = "x86_64-manylinux_2_28"
"""What every release's lock is resolved for, on whatever machine that is done."""

_NO_SOLUTION = 1  # uv's exit code where the index answered and nothing fits; 2 is everything else


class NoSolutionError(LockError):
    """The index answers, and nothing on it fits what is required."""


def uv_compile(
    requirements: Sequence[str],
    *,
    python: str,
    options: Sequence[str],
    for_platform: str | None = PLATFORM,
    like: str = "",
) -> str:
    """Resolve requirements without installing anything; return what `uv pip compile` prints.

    For Python version `python` on `for_platform`; None: on this machine's own. What the lock `like` has stays at its
    version there, as far as the requirements let it.

    Raises:
        NoSolutionError: Nothing fits, with uv's reason.
        LockError: The index can't be reached, uv can't be started, or whatever else keeps it from an answer.
        MissingPackageError: uv is not installed.
    """
    command = ["pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--no-progress"]
    # Our own Python builds what has no wheel; to search for another takes uv longer than the rest.
    command += ["--color", "never", "--python", sys.executable, "--python-version", python]
    command += [*(["--python-platform", for_platform] if for_platform else []), *options]
    wanted = " ".join(requirements)
    try:
        done, resolved = _compiled(command, "".join(f"{each}\n" for each in requirements), for_platform, like)
    except OSError as error:
        message = f"uv can't be run to resolve {wanted}: {error.strerror or error}"
        raise LockError(message) from error
    if done.returncode == 0:
        return resolved
    reason = _reason(done.stderr)
    if done.returncode == _NO_SOLUTION:
        message = f"nothing on the package index fits {wanted}: {reason}"
        raise NoSolutionError(message)
    message = f"uv could not resolve {wanted}: {reason}; check the network and UV_DEFAULT_INDEX, then run it again"
    raise LockError(message)


def _compiled(
    command: Sequence[str], given: str, for_platform: str | None, like: str
) -> tuple["subprocess.CompletedProcess[str]", str]:
    """Return what became of uv, and the lock."""
    # A lock for all machines names no build of one.
    for_here = for_platform is None
    if not like:
        done = run_uv(*command, given=given, for_here=for_here)
        return done, done.stdout
    with tempfile.TemporaryDirectory(prefix="batchmark ") as folder:
        # uv takes what stands in the file that it is to write for what is preferred.
        lock = Path(folder).absolute() / "lock.txt"
        lock.write_text(like, encoding="utf-8")
        done = run_uv(*command, "--output-file", str(lock), given=given, for_here=for_here)
        return done, lock.read_text(encoding="utf-8")


def _reason(printed: str) -> str:
    """Return uv's own last meaningful line: of an error and its causes the innermost, without hints."""
    told = printed.split("\nhint:", maxsplit=1)[0].removeprefix("error: ")
    causes = [" ".join(cause.split()) for cause in re.split(r"\n\s*(?:cause|Caused by): ", told)]
    meant = [cause for cause in causes if cause]
    if not meant:
        return "it said nothing"
    # the innermost cause of a failed request is the system's words alone: name what was fetched, too
    fetched = [cause for cause in meant[:-1] if cause.startswith("Failed to fetch")]
    return ": ".join([*fetched[-1:], meant[-1]]).rstrip(".")
