"""The files of a revision, as git writes them without leaving anything in the user's repository."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.studies.live.revision import check_out

_AS = ("-c", "user.name=user", "-c", "user.email=user@example.org", "-c", "protocol.file.allow=always")


def _git(*arguments: str, at: Path | None = None) -> str:
    return subprocess.run(["git", *_AS, *arguments], check=True, capture_output=True, text=True, cwd=at).stdout  # noqa: S607


def _commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    _git("add", "--all", at=folder)
    _git("commit", "--quiet", "--message", "next", at=folder)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    _git("init", "--quiet", "--initial-branch", "main", at=folder)
    return folder


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's repository with two revisions, around the current folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    folder = _made(tmp_path / "a user's code")
    for text in ("SPEED = 1\n", "SPEED = 2\n"):
        _commit(folder, **{"model.py": text, "sub/data.txt": text})
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "ours").mkdir()
    return tmp_path / "ours"


def _content(folder: Path) -> dict[str, str]:
    """Return a digest of every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("setting", ["core.splitIndex", "core.untrackedCache", "core.fsmonitor", "submodule.recurse"])
def test_nothing_in_the_users_repository_changes(repository: Path, into: Path, setting: str) -> None:
    _git("config", setting, "true")
    before = _content(repository)
    assert (check_out("HEAD~1", into).root / "model.py").read_text() == "SPEED = 1\n"
    assert _content(repository) == before
    assert _git("worktree", "list").count("\n") == 1


def test_ctrl_c_and_a_failure_leave_nothing_in_the_users_repository(
    repository: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _content(repository)
    run = subprocess.run

    def interrupted(command: list[str], **how: object) -> object:
        run(command, **how)  # type: ignore[call-overload]
        if "read-tree" in command:
            raise KeyboardInterrupt
        return run(command, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check_out("HEAD", into)
    monkeypatch.undo()
    assert _content(repository) == before


def test_what_an_archive_would_leave_out_or_rewrite_is_there_as_it_was_committed(repository: Path, into: Path) -> None:
    attributes = "data.bin export-ignore\nversion.py export-subst\n"
    files = {".gitattributes": attributes, "data.bin": "\0", "version.py": "$Format:%H$"}
    _commit(repository, **files)
    root = check_out("HEAD", into).root
    assert {name: (root / name).read_text() for name in files} == files


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
def test_a_repository_that_the_environment_names_is_another_one(
    repository: Path, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    # As in a hook, whose git names the repository that is being committed to.
    other = _made(tmp_path / "other")
    _commit(other, **{"model.py": "SPEED = 9\n"})
    named = {
        "GIT_DIR": ".git",
        "GIT_WORK_TREE": "",
        "GIT_INDEX_FILE": ".git/index",
        "GIT_OBJECT_DIRECTORY": ".git/objects",
    }
    monkeypatch.setenv(variable, str(other / named[variable]))
    before = _content(other)
    assert (check_out("HEAD", into).root / "model.py").read_text() == "SPEED = 2\n"
    assert _content(other) == before
    assert _content(repository)


def test_no_hook_runs(repository: Path, into: Path) -> None:
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        hook = repository / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text('#!/bin/sh\necho ran >> "$(dirname "$0")/ran"\n')
        hook.chmod(0o755)
    check_out("HEAD~1", into)
    assert not (repository / ".git" / "hooks" / "ran").exists()


def test_filters_and_line_ends_are_those_of_the_users_working_tree(repository: Path, into: Path) -> None:
    _git("config", "filter.large.smudge", "sed s/pointer/content/")
    _git("config", "filter.large.clean", "sed s/content/pointer/")
    _git("config", "filter.large.required", "true")
    _commit(
        repository, **{".gitattributes": "*.data filter=large\n*.bat eol=crlf\n", "x.data": "pointer", "x.bat": "a\n"}
    )
    # The attributes of the revision count, not those of the working tree.
    (repository / ".gitattributes").write_text("")
    root = check_out("HEAD", into).root
    assert (root / "x.data").read_text() == "content"
    assert (root / "x.bat").read_bytes() == b"a\r\n"


def test_a_filter_that_fails_is_told_in_one_line(repository: Path, into: Path) -> None:
    _commit(repository, **{".gitattributes": "*.data filter=large\n", "x.data": "pointer"})
    _git("config", "filter.large.smudge", "false")
    _git("config", "filter.large.required", "true")
    with pytest.raises(BatchmarkError, match=r"^git: .*smudge filter large failed") as caught:
        check_out("HEAD", into)
    assert "\n" not in str(caught.value)


def _linked(repository: Path, elsewhere: Path) -> Path:
    _git("worktree", "add", "--quiet", "--detach", str(elsewhere), "HEAD", at=repository)
    return elsewhere


def _shallow(repository: Path, elsewhere: Path) -> Path:
    _git("clone", "--quiet", "--depth", "1", f"file://{repository}", str(elsewhere))
    return elsewhere


@pytest.mark.parametrize(
    "made", [_linked, _shallow, lambda repository, _: repository], ids=["linked", "shallow", "own"]
)
@pytest.mark.parametrize("below", ["", "sub"])
def test_it_works_in_linked_working_trees_shallow_clones_and_folders_below(
    repository: Path,
    into: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[[Path, Path], Path],
    below: str,
) -> None:
    there = made(repository, tmp_path / "elsewhere")
    monkeypatch.chdir(there / below)
    before = _content(repository)
    found = check_out("HEAD", into)
    assert (found.root / "model.py").read_text() == "SPEED = 2\n"
    assert found.folder == found.root / below
    assert found.repository == there.resolve()
    assert _content(repository) == before


def test_what_a_shallow_clone_lacks_says_how_to_get_it(
    repository: Path, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_shallow(repository, tmp_path / "elsewhere"))
    with pytest.raises(BatchmarkError, match="no revision 'HEAD~1' in this shallow clone; git fetch --unshallow"):
        check_out("HEAD~1", into)


@pytest.fixture
def submodule(repository: Path, tmp_path: Path) -> Path:
    """A submodule ``lib`` whose commit moved between the last two revisions."""
    lib = _made(tmp_path / "lib")
    _commit(lib, **{"engine.py": "SPEED = 1\n"})
    _git("submodule", "--quiet", "add", str(lib), "lib")
    _commit(repository)
    _commit(lib, **{"engine.py": "SPEED = 2\n"})
    _git("pull", "--quiet", at=repository / "lib")
    _commit(repository)
    return lib


@pytest.mark.usefixtures("submodule")
@pytest.mark.parametrize(("ref", "speed"), [("HEAD~1", 1), ("HEAD", 2)])
def test_a_submodule_is_there_as_of_the_revision(repository: Path, into: Path, ref: str, speed: int) -> None:
    before = _content(repository)
    assert (check_out(ref, into).root / "lib" / "engine.py").read_text() == f"SPEED = {speed}\n"
    assert _content(repository) == before


def test_a_submodule_that_lacks_the_revisions_commit_is_named(repository: Path, into: Path, submodule: Path) -> None:
    _commit(submodule, **{"engine.py": "SPEED = 3\n"})
    newest = _git("rev-parse", "HEAD", at=submodule).strip()
    _git("update-index", "--cacheinfo", f"160000,{newest},lib")
    _git("commit", "--quiet", "--message", "newest")
    with pytest.raises(BatchmarkError, match=f"submodule lib is at commit {newest[:12]}, which is not here; git"):
        check_out("HEAD", into)


@pytest.mark.usefixtures("repository", "submodule")
def test_a_submodule_that_is_not_checked_out_is_left_out(into: Path) -> None:
    _git("submodule", "--quiet", "deinit", "--force", "lib")
    assert not list((check_out("HEAD", into).root / "lib").iterdir())


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take names in UTF-8 alone")
def test_a_name_that_is_no_text_is_written_too(repository: Path, into: Path) -> None:
    name = os.fsdecode(b"\xff \n.py")
    _commit(repository, **{name: "x"})
    assert (check_out("HEAD", into).root / name).read_text() == "x"
