"""What is committed and what isn't."""

import subprocess

import pytest

from repository import ROOT


def _git(*arguments: str) -> str:
    return subprocess.run(  # the user's git
        ["git", "-C", str(ROOT), *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.fixture(autouse=True)
def checkout() -> None:
    """These are tests of a checkout: a source distribution has no index to look into."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout")


def test_nothing_that_is_ignored_is_committed() -> None:
    assert _git("ls-files", "--cached", "--ignored", "--exclude-standard") == ""


@pytest.mark.parametrize("path", [".venv", ".venv/bin/python", ".tox", "harness/.venv"])
def test_an_environment_is_ignored_be_it_a_folder_a_file_or_a_link(path: str) -> None:
    assert _git("check-ignore", "--no-index", path).strip() == path
