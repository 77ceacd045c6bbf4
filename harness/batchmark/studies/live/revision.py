"""The files of a git revision of the user's code, written into a folder of our own.

Nothing is written into the user's repository, and none of its hooks runs: git reads the revision into an index that is
ours and writes files from there. So all that is committed is there, whatever an archive would leave out; the user's
filters and line ends apply as they do in their own working tree. Where submodules are checked out, theirs are written,
too.

Note: tried ``git worktree``; rejected because it leaves a record in the repository when it is killed, and runs hooks.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from batchmark.environments.git_program import Finished, answer, as_the_user, start_git
from batchmark.errors import BatchmarkError

_SUBMODULE = "160000"
# What would write into the repository, or run a program that is not needed for the files.
_HARMLESS = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.splitIndex=false"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "maintenance.auto=false"),
    *("-c", "gc.auto=0"),
)


@dataclass(frozen=True)
class Checkout:
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


def check_out(ref: str, into: Path) -> Checkout:
    """Write the files of revision `ref` of the repository around the current folder into the folder `into`.

    Raises BatchmarkError: no repository here, or no such revision, or its files can't be had. OSError: no room.
    """
    prefix = _said("rev-parse", "--show-prefix")
    repository = Path(_said("rev-parse", "--show-toplevel"))
    commit = _commit(ref)
    root = into.resolve() / "files"
    _write(repository, commit, root, index=into.resolve() / "index")
    folder = root / prefix
    if not folder.is_dir():
        message = f"revision {ref!r} has no folder {prefix}; start in one that both revisions have"
        raise BatchmarkError(message)
    return Checkout(root, repository.resolve(), folder.resolve(), commit)


def _commit(ref: str) -> str:
    done = _run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.decode().strip()
    message = f"no revision {ref!r} here; git log lists them"
    if _said("rev-parse", "--is-shallow-repository") == "true":
        message = f"no revision {ref!r} in this shallow clone; git fetch --unshallow gets what it lacks"
    raise BatchmarkError(message)


def _write(repository: Path, commit: str, root: Path, *, index: Path) -> None:
    """Write the files of a `commit` of a `repository` to `root`, by way of an `index` file, and those of submodules."""
    root.mkdir(parents=True, exist_ok=True)
    git_dir = _said("rev-parse", "--absolute-git-dir", at=repository)
    where = (f"--git-dir={git_dir}", f"--work-tree={root}", *_HARMLESS)
    _said(*where, "read-tree", "--reset", "-u", "--no-recurse-submodules", commit, at=root, index=index)
    index.unlink(missing_ok=True)
    for path, own in _submodules(repository, commit):
        # Not checked out in the working tree either: the user does without it.
        if not (repository / path / ".git").exists():
            continue
        if _run("cat-file", "-e", f"{own}^{{commit}}", at=repository / path).returncode:
            message = (
                f"its submodule {path} is at commit {own[:12]}, which is not here; "
                f"git -C {path} fetch gets it, or git submodule update --init"
            )
            raise BatchmarkError(message)
        _write(repository / path, own, root / path, index=index)


def _submodules(repository: Path, commit: str) -> list[tuple[str, str]]:
    """Return path and commit of each submodule of a revision."""
    found = []
    for entry in _said("ls-tree", "-r", "-z", "--full-tree", commit, at=repository).split("\0"):
        what, _, path = entry.partition("\t")
        if what.startswith(_SUBMODULE):
            found.append((path, what.split()[2]))
    return found


def _said(*arguments: str, at: Path | None = None, index: Path | None = None) -> str:
    # A new line ends what git says.
    return answer(_run(*arguments, at=at, index=index)).removesuffix("\n")


def _run(*arguments: str, at: Path | None = None, index: Path | None = None) -> Finished:
    environment = as_the_user(os.environ)
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index)
    return start_git(*arguments, environment=environment, at=at)
