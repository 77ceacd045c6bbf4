"""How long `asv publish` takes, and how long the site's first page, with 50 releases × 510 series by default.

`python tests/site/measure.py` draws synthetic results, publishes them and opens the first page in Debian's chromium,
each time with an empty cache, from a server on the same machine. A page counts as interactive in the first frame in
which all benchmarks are listed, every plot in view is drawn, and the first one would receive a click; the time runs
from repository import ROOT
from the start of the navigation.
"""

import argparse
import contextlib
import functools
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = "/usr/bin/chromium"
WATCH = """
    window.interactive_ms = null;
    (function look() {
        const plots = [...document.querySelectorAll('.benchmark-plot')];
        const in_view = plots.filter(plot => plot.getBoundingClientRect().top < window.innerHeight);
        const drawn = in_view.length && in_view.every(plot => plot.querySelector('canvas.flot-base'));
        const listed = drawn && plots.length === Object.keys($.asv.main_json.benchmarks).length;
        if (listed) {
            const box = plots[0].getBoundingClientRect();
            const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
            if (hit && hit.closest('a.benchmark-container')) {
                window.interactive_ms = performance.now();
                return;
            }
        }
        requestAnimationFrame(look);
    })();
"""


def publish_seconds(folder: Path) -> float:
    """Publish once, as a user would: a process of its own, writing anew."""
    command = [sys.executable, "-m", "asv", "publish", "--config", str(folder / "asv.conf.json")]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def interactive_seconds(browser: "Browser", address: str) -> float:
    """Open the first page with an empty cache."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address)
    reached: float = page.wait_for_function("() => window.interactive_ms").json_value()
    context.close()
    return reached / 1000


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name for it
        """Leave the output to the figures."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder; give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def told(name: str, seconds: list[float], aim: float) -> str:
    """Return a line: the median with the range, n, and what was aimed at."""
    median, low, high = statistics.median(seconds), min(seconds), max(seconds)
    return f"{name:<34} {median:7.2f} s   [{low:.2f}, {high:.2f}]   n = {len(seconds):<3} aim: at most {aim:g} s"


def processor() -> str:
    """Return the processor's name, where Linux says it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def main() -> None:
    """Measure, and print the figures with what they were measured on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tensorflow", default="50", help="releases on the branch main")
    parser.add_argument("--keras", default="0", help="releases on the branch keras")
    parser.add_argument("--workloads", default="5")
    parser.add_argument("--batch-sizes", default="9")
    parser.add_argument("--publishes", type=int, default=5)
    parser.add_argument("--loads", type=int, default=20)
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        size = [f"--{name}={getattr(asked, name.replace('-', '_'))}" for name in ("tensorflow", "keras")]
        size += [f"--workloads={asked.workloads}", f"--batch-sizes={asked.batch_sizes}"]
        subprocess.run([sys.executable, Path(__file__).parent / "synthetic.py", folder, *size], check=True)
        published = [publish_seconds(folder) for _ in range(asked.publishes)]
        with sync_playwright() as playwright, serving(folder / "site") as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            version = browser.version
            loads = [interactive_seconds(browser, address) for _ in range(asked.loads)]
            browser.close()
        files = [file for file in (folder / "site").rglob("*") if file.is_file()]
        results = sum(file.stat().st_size for file in (folder / "results").rglob("*") if file.is_file())
        site = sum(file.stat().st_size for file in files)
    asv = importlib.metadata.version("asv")
    print(f"asv {asv} · chromium {version} · {processor()}, {os.cpu_count()} cores · load {load:.1f} at start")  # noqa: T201
    print(told("asv publish", published, 60))  # noqa: T201
    print(told("first page interactive", loads, 2))  # noqa: T201
    print(f"results {results / 1e6:.1f} MB, site {site / 1e6:.1f} MB in {len(files)} files")  # noqa: T201


if __name__ == "__main__":
    main()
