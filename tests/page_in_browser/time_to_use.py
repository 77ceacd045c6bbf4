"""How soon the page of 2,000 cells of 50 rounds can be used in Debian's chromium: `tox run -e page-speed`.

From the start of the navigation to when the page's script has run and the browser has nothing else to do, so that what
is clicked on is answered at once. Each time in a context of its own: nothing is kept from one to the next.
"""

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from batchmark.studies.ruler.made_runs import MANY_CELLS, make_runs
from in_chromium import page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_TIMES = 20
_WATCH = """
new MutationObserver((_, observer) => {
  if (document.documentElement && document.documentElement.classList.contains("ready")) {
    observer.disconnect();
    requestIdleCallback(() => { window.usableAt = performance.now(); });
  }
}).observe(document, { attributes: true, childList: true, subtree: true });
"""


def milliseconds_to_use(browser: "Browser", page: Path) -> float:
    """Return how long it takes until `page` can be used."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(_WATCH)
    seen = context.new_page()
    seen.goto(page.as_uri())
    seen.wait_for_function("() => window.usableAt !== undefined")
    found: float = seen.evaluate("() => window.usableAt")
    context.close()
    return found


def main() -> None:
    """Print the median, and the range."""
    with tempfile.TemporaryDirectory() as folder:
        files = make_runs(MANY_CELLS, Path(folder))
        with page_of(files) as (browser, page):
            times = sorted(milliseconds_to_use(browser, page) for _ in range(_TIMES))
            size = page.stat().st_size / 1e6
    what = f"{MANY_CELLS.cells:,} cells of {MANY_CELLS.rounds} rounds, a page of {size:.1f} MB"
    click.echo(f"{what}: usable after {median(times):.0f} ms ({times[0]:.0f} to {times[-1]:.0f}, n = {len(times)})")


if __name__ == "__main__":
    main()
