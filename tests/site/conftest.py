"""A site published from synthetic results, a server for it and a browser that looks at it."""

import functools
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repository import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENSHOTS = ROOT / "build" / "site-screenshots"
CHROMIUM = Path("/usr/bin/chromium")
REQUIRE = "BATCHMARK_REQUIRE_BROWSER"


def _lacking(what: str) -> None:
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{what}, and {REQUIRE}=1 asks for it")
    pytest.skip(what)


@dataclass(frozen=True)
class Published:
    """A folder with what asv publishes from, in `site` what it published, and what was planted."""

    folder: Path
    planted: dict[str, Any]

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def read(self, name: str) -> Any:
        return json.loads((self.site / name).read_text(encoding="utf-8"))


def draw(folder: Path, *options: str) -> None:
    """Write synthetic results."""
    if importlib.util.find_spec("asv") is None:
        _lacking("asv is not installed: tox run -e tests-releases has it")
    subprocess.run([sys.executable, Path(__file__).parent / "synthetic.py", folder, *options], check=True)


def publish(folder: Path) -> Published:
    """Publish what stands in the folder."""
    subprocess.run(
        [sys.executable, "-m", "asv", "publish", "--config", folder / "asv.conf.json"],
        check=True,
    )
    return Published(folder, json.loads((folder / "planted.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The site of ten releases of TensorFlow and six of Keras, with a slow-down planted at one."""
    folder = tmp_path_factory.mktemp("published")
    draw(folder)
    return publish(folder)


@pytest.fixture
def two_machines(tmp_path: Path) -> Published:
    """The site after one machine's folder of results was copied to another's."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    draw(ours, "--machine", "ours", "--workloads", "1")
    draw(theirs, "--machine", "theirs", "--workloads", "1", "--seed", "1")
    (theirs / "results" / "theirs").rename(ours / "results" / "theirs")
    return publish(ours)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name for it
        """Leave the tests' output alone."""


@pytest.fixture(scope="session")
def address(published: Published) -> Iterator[str]:
    """Where the site is served: in a subfolder, as on a host that serves several."""
    handler = functools.partial(_Quiet, directory=published.folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/site/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's chromium, which reaches nothing but this machine."""
    if importlib.util.find_spec("playwright") is None:
        _lacking("playwright is not installed: tox run -e tests-releases has it")
    if not CHROMIUM.exists():
        _lacking(f"there is no {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where it is installed

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """Someone who looks at the site; `problems` are the errors and failed requests they met."""

    page: "Page"
    address: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.met(f"script error: {error}"))
        self.page.on("console", lambda said: self.met(f"console: {said.text}", when=said.type == "error"))
        self.page.on("requestfailed", lambda request: self.met(f"failed: {request.url}"))
        self.page.on("response", lambda got: self.met(f"{got.status}: {got.url}", when=not got.ok))
        self.page.on("request", lambda sent: self.met(f"other: {sent.url}", when=not sent.url.startswith(self.address)))

    def met(self, problem: str, *, when: bool = True) -> None:
        if when:
            self.problems.append(problem)

    def open(self, place: str, until: str) -> None:
        """Go to a place of the site, and wait until a selector's first match shows."""
        self.page.goto(self.address + place)
        self.page.locator(until).first.wait_for()

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def until(self, condition: str, given: object = None) -> None:
        """Wait until a function in JavaScript is true."""
        self.page.wait_for_function(condition, arg=given)

    def legend(self) -> list[str]:
        """The labels of the graph's lines."""
        return sorted(self.page.locator("#main-graph .legendLabel").all_inner_texts())

    def press(self, panel: str, button: str) -> None:
        """Press a button of the graph's side panel."""
        self.panel(panel).locator("a.btn", has_text=button).first.click()

    def panel(self, name: str) -> Any:
        heading = self.page.locator(".panel-heading").get_by_text(name, exact=True)
        return self.page.locator("#graphdisplay-navigation .panel").filter(has=heading)


@pytest.fixture
def visitor(browser: "Browser", address: str) -> Iterator[Visitor]:
    """A visitor who must not meet a script error, a failed request or another host."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, timezone_id="UTC")
    someone = Visitor(context.new_page(), address)
    yield someone
    # What closing cuts off, as the icon's request on a busy machine, is no fault of the site.
    met = list(someone.problems)
    context.close()
    assert met == []
