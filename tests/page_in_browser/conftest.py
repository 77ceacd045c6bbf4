"""A page of made-up results in Debian's chromium, opened from a file; who looks at it meets no error and no request."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from answers_made import EVERY
from batchmark.files.claims import CLAIMS
from batchmark.files.results import Results, read_results
from batchmark.report.page.rendering import render_page
from batchmark.studies.releases.of_files import read_found
from in_chromium import NO_CHROMIUM, chromium
from pages_made import hostile, results, sweep, write_folder
from repository import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENSHOTS = ROOT / "build" / "page-screenshots"
REQUIRE = "BATCHMARK_REQUIRE_BROWSER"


def _lacking(what: str) -> None:
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{what}, and {REQUIRE}=1 asks for it")
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's chromium, which reaches nothing."""
    if importlib.util.find_spec("playwright") is None:
        _lacking("playwright is not installed: tox run -e page has it")
    program = shutil.which("chromium")
    if program is None:
        _lacking(NO_CHROMIUM)
    with chromium(str(program)) as found:
        yield found


@pytest.fixture(scope="session")
def axe() -> Any:
    """What finds barriers in a page."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        _lacking("axe-playwright-python is not installed: tox run -e page has it")
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  only where it is installed

    return Axe()


@dataclass
class Reader:
    """Someone who reads the page; `problems` are what they met that is none of it."""

    page: "Page"
    address: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("console", lambda said: self._met(f"console: {said.text}", when=said.type in {"error", "warning"}))
        self.page.on("request", lambda sent: self._met(f"request: {sent.url}", when=not self._is_own(sent.url)))
        self.page.on("dialog", self._dismiss)

    def _met(self, problem: str, *, when: bool = True) -> None:
        if when:
            self.problems.append(problem)

    def _dismiss(self, dialog: Any) -> None:
        self._met(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _is_own(self, url: str) -> bool:
        return url == self.address or url.startswith("blob:")

    def open(self) -> None:
        """Open the page, and wait until it answers."""
        self.page.goto(self.address)
        self.page.locator("html.ready").wait_for()

    def draw(self, figures: str = "figure") -> int:
        """Look at each figure that shows, until it is drawn; return how many there are."""
        found = self.page.locator(f"{figures}:visible")
        for at in range(found.count()):
            found.nth(at).scroll_into_view_if_needed()
            found.nth(at).locator(".drawing svg").first.wait_for()
        return int(found.count())

    def unfold(self) -> None:
        """Open all that is folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def _written(folder: Path, results: Results) -> str:
    path = folder / "report.html"
    path.write_text(render_page(results), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of two sweeps and a comparison."""
    folder = tmp_path_factory.mktemp("stored")
    return _written(folder, read_results([write_folder(folder)]))


@pytest.fixture(scope="session")
def hostile_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of results whose names would run where they stood as they are."""
    return _written(tmp_path_factory.mktemp("hostile"), hostile())


@pytest.fixture(scope="session")
def answers_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of an answer to every question, of claims and of a sweep."""
    claims = CLAIMS.read(ROOT / "tests" / "report" / "golden" / "claims" / "all_kinds.json")
    made = [make() for name, make in EVERY.items() if " that " not in name]
    return _written(tmp_path_factory.mktemp("answers"), results(*made, claims, sweep()))


Open = Callable[..., Reader]


@pytest.fixture(scope="session")
def history_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of nights with an upgrade among them, and of asv's releases."""
    nights = [sweep(day=day, tensorflow="2.20.0" if day < 5 else "2.21.0") for day in range(1, 8)]
    releases = read_found(sorted((ROOT / "benchmarks" / "releases" / "results").glob("*/*-release-*.json")))
    path = tmp_path_factory.mktemp("history") / "report.html"
    path.write_text(render_page(results(*nights), releases.lines), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def reader(browser: "Browser", address: str) -> Iterator[Open]:
    """Opens the page, or another, in a context with settings of its own; nothing but the page is met at the end."""
    opened: list[Reader] = []

    def open_page(where: str = address, **settings: Any) -> Reader:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        found = Reader(context.new_page(), where)
        opened.append(found)
        found.open()
        return found

    yield open_page
    met = [problem for each in opened for problem in each.problems]
    for each in opened:
        each.page.context.close()
    assert met == []
