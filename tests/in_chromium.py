"""Debian's chromium, which reaches nothing, and pages of stored results in it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from repository import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_CHROMIUM = "there is no chromium: apt-get install chromium"


@contextmanager
def chromium(program: str) -> "Iterator[Browser]":
    """Yield the browser that is installed as `program`."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where it is installed

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        )
        yield browser
        browser.close()


@contextmanager
def page_of(files: Sequence[Path]) -> "Iterator[tuple[Browser, Path]]":
    """Yield a browser and the page of `files`, which are named as seen from the repository's root."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit(NO_CHROMIUM)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        report = Path(sys.executable).with_name("batchmark")
        # The page says where its files are as they were named.
        subprocess.run([report, "report", *files, "--html", page], cwd=ROOT, check=True)
        with chromium(program) as browser:
            yield browser, page
