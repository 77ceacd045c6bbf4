"""The pictures of the page in docs/images, from the sweeps and answers in docs/measured.

`tox run -e screenshots` makes the page of them by `batchmark report`, looks at it in Debian's chromium, which reaches
nothing, and writes what it sees in the fewest bytes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchmark.report.pictures.smaller import smaller
from in_chromium import page_of
from repository import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = ROOT / "docs" / "images"
_MEASURED = ("default-sweep.json", "choose-blobs.json")


@dataclass(frozen=True)
class Screenshot:
    """One of them; the page is seen from `part` on."""

    name: str
    part: str = "header"
    width: int = 1280
    height: int = 1180
    scheme: str = "light"
    is_alone: bool = False
    """Whether `part` is all that is seen."""


SCREENSHOTS = (
    Screenshot("report", height=1180),
    Screenshot("report-learning-curves", "#answer-1-figure-2", is_alone=True),
    Screenshot("report-dark", "#sweeps", height=1000, scheme="dark"),
    Screenshot("report-phone", width=390, height=844),
)


def take(browser: "Browser", page: Path, wanted: Screenshot) -> bytes:
    """Return what is seen, when each picture in it is drawn."""
    context = browser.new_context(
        viewport={"width": wanted.width, "height": wanted.height}, color_scheme=wanted.scheme, timezone_id="UTC"
    )
    seen = context.new_page()
    seen.goto(page.as_uri())
    seen.locator("html.ready").wait_for()
    seen.locator(wanted.part).evaluate("each => each.scrollIntoView()")
    seen.wait_for_function(_IS_DRAWN)
    picture = seen.locator(wanted.part).screenshot() if wanted.is_alone else seen.screenshot()
    context.close()
    return smaller(picture)


_IS_DRAWN = """() => [...document.querySelectorAll("figure")].every((each) => {
    const box = each.getBoundingClientRect();
    const isSeen = box.width && box.bottom > 0 && box.top < window.innerHeight;
    return !isSeen || each.querySelector(".drawing svg");
})"""


def main() -> None:
    """Write them all."""
    with page_of([Path("docs", "measured", name) for name in _MEASURED]) as (browser, page):
        for wanted in SCREENSHOTS:
            (IMAGES / f"{wanted.name}.png").write_bytes(take(browser, page, wanted))


if __name__ == "__main__":
    main()
