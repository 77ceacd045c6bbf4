"""There is only ever one issue: opened, brought up to date, told once that all is quiet, and never closed."""

from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.studies.nights.issue import ACTIONS, CONFIRMED, QUIET, tell
from stand_in_programs import GitHub, install, install_gh

REGRESSED = f"{CONFIRMED}\n\n1 regression confirmed\n"
WORSE = f"{CONFIRMED}\n\n2 regressions confirmed\n"
NOTHING = f"{QUIET}\n\nunchanged: of 3 judged, 3 unchanged\n"


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> GitHub:
    return install_gh(monkeypatch, tmp_path / "bin")


def _comments(github: GitHub, number: int = 1) -> list[str]:
    comments = github.issues[number - 1]["comments"]
    assert isinstance(comments, list)
    return [str(comment["body"]) for comment in comments]


def test_the_first_confirmed_regression_opens_the_issue(github: GitHub) -> None:
    assert tell(REGRESSED, title="slow") == "opened https://github.com/owner/name/issues/1"
    (issue,) = github.issues
    assert (issue["title"], issue["body"], issue["state"]) == ("slow", REGRESSED, "OPEN")


def test_the_next_ones_change_the_same_issue_without_a_comment(github: GitHub) -> None:
    tell(REGRESSED, title="slow")
    assert tell(WORSE, title="slower") == "brought issue 1 up to date"
    (issue,) = github.issues
    assert (issue["title"], issue["body"]) == ("slower", WORSE)
    assert _comments(github) == []


def test_a_quiet_night_opens_nothing(github: GitHub) -> None:
    assert tell(NOTHING, title="slow") == "nothing is confirmed and no issue is open: there is nothing to tell"
    assert github.issues == []
    assert github.calls == [["issue", "list"]]


def test_quiet_nights_are_told_once_and_close_nothing(github: GitHub) -> None:
    tell(REGRESSED, title="slow")
    assert tell(NOTHING, title="slow") == "told issue 1 that nothing is confirmed any more"
    assert "was told before" in tell(NOTHING, title="slow")
    (issue,) = github.issues
    assert (issue["state"], issue["body"]) == ("OPEN", REGRESSED)
    assert _comments(github) == [NOTHING]


def test_a_regression_that_comes_back_is_told_once_too(github: GitHub) -> None:
    for text in (REGRESSED, NOTHING, WORSE, REGRESSED, NOTHING):
        tell(text, title="slow")
    (issue,) = github.issues
    assert issue["body"] == REGRESSED
    told = [comment.splitlines()[0] for comment in _comments(github)]
    assert told == [QUIET, CONFIRMED, QUIET]


@pytest.mark.parametrize(
    ("body", "login", "state"),
    [
        (REGRESSED, "somebody", "OPEN"),
        (REGRESSED, "app/other", "OPEN"),
        (REGRESSED, ACTIONS, "CLOSED"),
        ("Flaky test\n\n" + REGRESSED, ACTIONS, "OPEN"),
    ],
)
def test_what_is_no_open_issue_of_a_night_is_left_alone(github: GitHub, body: str, login: str, state: str) -> None:
    github.add(body, login=login, state=state)
    before = github.issues
    assert tell(REGRESSED, title="slow") == "opened https://github.com/owner/name/issues/2"
    assert github.issues[:1] == before


def test_by_hand_the_issue_is_ones_own(github: GitHub) -> None:
    github.add(REGRESSED, login="somebody")
    assert tell(WORSE, title="slow", author="somebody") == "brought issue 1 up to date"


def test_of_several_the_oldest_is_the_one(github: GitHub) -> None:
    github.add(REGRESSED, login=ACTIONS)
    github.add(REGRESSED, login=ACTIONS)
    assert tell(WORSE, title="slow") == "brought issue 1 up to date"


@pytest.mark.usefixtures("github")
@pytest.mark.parametrize("text", ["", "# Notes\n", f"see {CONFIRMED}\n", CONFIRMED.replace("nightly", "gate")])
def test_a_text_that_no_night_wrote_is_refused(text: str) -> None:
    with pytest.raises(BatchmarkError, match="this is no text of a night"):
        tell(text, title="slow")


def test_ghs_own_complaint_is_passed_on_in_one_line(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GH_TOKEN")
    with pytest.raises(BatchmarkError, match=r"^gh issue list failed: gh: To use GitHub CLI .* variable\.$"):
        tell(REGRESSED, title="slow")
    assert github.issues == []


def test_without_gh_it_is_said_where_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BatchmarkError, match=r"gh is not installed; .*https://cli\.github\.com"):
        tell(REGRESSED, title="slow")


@pytest.mark.parametrize("answer", ["", "[]]", '[{"number": "seven", "body": "", "author": {"login": "x"}}]', "[{}]"])
def test_an_answer_of_another_form_is_no_empty_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    install(monkeypatch, tmp_path / "bin", "gh", f"print({answer!r})")
    with pytest.raises(BatchmarkError, match="gh answered something else than was asked for"):
        tell(REGRESSED, title="slow")
