"""git out of reach of the user's settings, or as the user has it; its own words where it fails."""

import os
from pathlib import Path

import pytest

from batchmark.environments.git_program import GitError, answer, apart, as_the_user, run_git, start_git
from batchmark.errors import MissingPackageError

OUTER = {
    "PATH": "/bin",
    "GIT_DIR": "/another",
    "GIT_INDEX_FILE": "/another/index",
    "GIT_SSH_COMMAND": "ssh -i key",
    "GIT_CONFIG_GLOBAL": "/home/me/gitconfig",
    "LC_ALL": "de_DE.UTF-8",
}


def test_apart_nothing_of_the_users_is_left() -> None:
    kept = apart(OUTER)
    assert {name for name in kept if name.startswith("GIT_")} == {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"}
    assert (kept["GIT_CONFIG_GLOBAL"], kept["LC_ALL"], kept["PATH"]) == (os.devnull, "C", "/bin")


def test_the_users_git_keeps_its_settings_and_its_ways_out_but_no_other_repository() -> None:
    kept = as_the_user(OUTER)
    assert kept.keys() & OUTER.keys() == OUTER.keys() - {"GIT_DIR", "GIT_INDEX_FILE"}
    assert (kept["GIT_SSH_COMMAND"], kept["LC_ALL"]) == ("ssh -i key", "de_DE.UTF-8")
    assert (kept["GIT_TERMINAL_PROMPT"], kept["GIT_OPTIONAL_LOCKS"]) == ("0", "0")


def test_its_own_words_are_the_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"^git: fatal: not a git repository") as refused:
        run_git("for-each-ref", repository=tmp_path / "nowhere")
    assert "\n" not in str(refused.value)
    done = start_git("log", environment=as_the_user({**os.environ, "GIT_CEILING_DIRECTORIES": "/"}), at=tmp_path)
    with pytest.raises(GitError, match=r"^git: fatal: not a git repository"):
        answer(done)


def test_what_says_nothing_is_told_by_its_exit_code(tmp_path: Path) -> None:
    run_git("init", "--quiet", "--bare", tmp_path)
    with pytest.raises(GitError, match=r"^git: it ended with exit code 1$"):
        run_git("rev-parse", "--verify", "--quiet", "HEAD", repository=tmp_path)


def test_a_machine_without_git_is_told_to_install_it(tmp_path: Path) -> None:
    # The folder that git is looked for in is this process' own: no git is in it.
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", str(tmp_path))
        with pytest.raises(MissingPackageError, match="git is not installed, and this needs it; install git"):
            run_git("version")
