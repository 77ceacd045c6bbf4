"""Every link within the repository leads somewhere, to the heading that it names too."""

import re
from pathlib import Path

import pytest

from pages import ALL, PAGES, README, anchors, name_of, prose, text_of
from repository import ROOT

_LINKING = (*ALL, ROOT / "CHANGELOG.md")


def _links(page: Path) -> list[str]:
    return [
        link
        for link in re.findall(r"\]\(([^)\s]+)\)", prose(text_of(page)))
        if not link.startswith(("https:", "http:"))
    ]


def _broken(page: Path, links: list[str]) -> list[str]:
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", _LINKING, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert _broken(page, _links(page)) == []


def test_a_link_to_nothing_is_seen() -> None:
    assert _broken(README, ["docs/no-such-page.md", "docs/gate.md#no-such-heading", "docs/gate.md#output"]) == [
        "docs/no-such-page.md",
        "docs/gate.md#no-such-heading",
    ]


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = {README}, [README]
    while waiting:
        page = waiting.pop()
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in _links(page)}
        new = {target for target in targets if target in PAGES} - reached
        reached |= new
        waiting += new
    assert set(PAGES) - reached == set()


def test_files_that_code_and_workflows_send_a_reader_to_are_there() -> None:
    looked_into = [ROOT / "tox.ini", ROOT / "asv.conf.json", ROOT / "pyproject.toml"]
    for folder in ("harness", "tests", "benchmarks", ".github"):
        looked_into += [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yml", ".yaml", ".sh"}]
    named = {name for path in looked_into for name in re.findall(r"(?<![\w/])docs/[\w/-]+\.md", text_of(path))}
    assert "docs/api.md" in named
    missing = {name for name in named if not (ROOT / name).exists()}
    assert missing == {"docs/no-such-page.md"}, "this very file names that one"


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_files_of_this_repository_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"(?<![\w/.])(?:harness|tests|benchmarks|docs)/[\w/.-]+\w(?![\w<])", prose(text_of(page)))
    # What a run makes, and what stands in another repository, isn't here.
    missing = [name for name in named if not (ROOT / name).exists() and "/results" not in name]
    assert missing == []
