"""The one issue in which nights tell of confirmed regressions, through GitHub's own program `gh`.

A person opens no such issue and a night closes none: that nothing was found once does not show that it is gone, as
inconclusive nights find nothing, too. Closing is for who has looked.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from batchmark.errors import BatchmarkError
from batchmark.files.typed import typed

CONFIRMED = "<!-- batchmark nightly: confirmed -->"
"""The first line of what a night with a confirmed regression writes, and so of the issue."""
QUIET = "<!-- batchmark nightly: nothing confirmed -->"
"""The first line of what any other night writes."""
ACTIONS = "app/github-actions"
"""Whose issue it is where a workflow opened it, as gh writes it: anyone could copy the first line into theirs."""

RunGh = Callable[[Sequence[str], str], str]
"""Is given arguments and what is typed into it; returns what is printed."""

_MOST_ISSUES = 1000
_Form = TypeVar("_Form")


@dataclass(frozen=True)
class _Author:
    login: str


@dataclass(frozen=True)
class _Issue:
    number: int
    body: str
    author: _Author


@dataclass(frozen=True)
class _Comment:
    body: str
    viewerDidAuthor: bool  # noqa: N815  GitHub's name


@dataclass(frozen=True)
class _Comments:
    comments: tuple[_Comment, ...]


def run_gh(arguments: Sequence[str], given: str) -> str:
    """Run `gh`, which knows the repository and the token from its environment.

    Raises BatchmarkError: it isn't installed, or ended with an error, in its own words.
    """
    try:
        done = subprocess.run(  # noqa: S603  gh, with arguments of ours
            ["gh", *arguments],  # noqa: S607  the user's own, wherever it is
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        message = "gh is not installed; it opens and updates the issue, and comes from https://cli.github.com"
        raise BatchmarkError(message) from None
    if done.returncode:
        message = f"gh {' '.join(arguments[:2])} failed: {' '.join(done.stderr.split()) or 'it said nothing'}"
        raise BatchmarkError(message)
    return done.stdout


def tell(text: str, *, title: str, author: str = ACTIONS, gh: RunGh = run_gh) -> str:
    """Open the issue, or bring the open one up to date; return what was done, in a line.

    `text` is what a night wrote: with a confirmed regression it becomes the issue's text, so that the issue always
    shows the newest. That a regression is not found any more, or is found again after that, is a comment: one for each
    change, however many nights it lasts.

    Raises BatchmarkError: `text` is none of a night's, or gh failed.
    """
    confirmed = _is_confirmed(text)
    number = _open_issue(author, gh)
    if number is None:
        if not confirmed:
            return "nothing is confirmed and no issue is open: there is nothing to tell"
        address = gh(["issue", "create", "--title", title, "--body-file", "-"], text).strip()
        return f"opened {address}"
    if not confirmed:
        if _quiet_was_told(number, gh):
            return f"issue {number} is open and was told before that nothing is confirmed any more"
        _comment(number, text, gh)
        return f"told issue {number} that nothing is confirmed any more"
    gh(["issue", "edit", str(number), "--title", title, "--body-file", "-"], text)
    if _quiet_was_told(number, gh):
        _comment(
            number, f"{CONFIRMED}\n\nThe newest night confirmed a regression again; the text above is its own.", gh
        )
    return f"brought issue {number} up to date"


def _is_confirmed(text: str) -> bool:
    first, _, _ = text.lstrip().partition("\n")
    known = {CONFIRMED: True, QUIET: False}
    if first.strip() not in known:
        message = "this is no text of a night: its first line would say so; write one by batchmark nightly upgrade"
        raise BatchmarkError(message)
    return known[first.strip()]


def _open_issue(author: str, gh: RunGh) -> int | None:
    """Return the number of the oldest open issue that a night opened."""
    # By no label and no search: a label would have to be made first, and the search lags behind by minutes.
    fields = ["--json", "number,body,author"]
    printed = gh(["issue", "list", "--state", "open", "--limit", str(_MOST_ISSUES), *fields], "")
    issues = _converted(printed, list[_Issue])
    ours = [issue for issue in issues if issue.author.login == author and issue.body.lstrip().startswith(CONFIRMED)]
    return min((issue.number for issue in ours), default=None)


def _quiet_was_told(number: int, gh: RunGh) -> bool:
    """Whether the last of our comments says that nothing is confirmed."""
    comments = _converted(gh(["issue", "view", str(number), "--json", "comments"], ""), _Comments).comments
    ours = [
        comment.body.lstrip()
        for comment in comments
        if comment.viewerDidAuthor and comment.body.lstrip().startswith((QUIET, CONFIRMED))
    ]
    return bool(ours) and ours[-1].startswith(QUIET)


def _comment(number: int, text: str, gh: RunGh) -> None:
    gh(["issue", "comment", str(number), "--body-file", "-"], text)


def _converted(printed: str, form: type[_Form]) -> _Form:
    try:
        return typed(json.loads(printed), form)
    except ValueError as error:
        message = f"gh answered something else than was asked for: {' '.join(str(error).split())}; try a newer gh"
        raise BatchmarkError(message) from error
