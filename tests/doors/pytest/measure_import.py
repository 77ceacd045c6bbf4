"""What importing the plugin and declaring its options costs a run of pytest that doesn't use it.

Run as ``python tests/doors/pytest/measure_import.py``: n fresh interpreters that have pytest imported already, as every
run has. Prints the median and the range in milliseconds, and with ``--modules`` what was imported.
"""

import argparse
import subprocess
import sys
from statistics import median

_PROGRAM = """
import sys, time
import pytest
from _pytest.config import get_config
parser = get_config()._parser
before = set(sys.modules)
begun = time.perf_counter()
import batchmark.doors.pytest.plugin
imported = time.perf_counter()
batchmark.doors.pytest.plugin.pytest_addoption(parser)
print(1000 * (imported - begun), 1000 * (time.perf_counter() - imported))
print(*sorted(set(sys.modules) - before))
"""


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=31)
    parser.add_argument("--modules", action="store_true")
    asked = parser.parse_args()
    runs = [_run() for _ in range(asked.times)]
    for what, seconds in zip(("import", "options"), zip(*(times for times, _ in runs), strict=True), strict=True):
        spread = f"{min(seconds):.1f} to {max(seconds):.1f}, n = {len(seconds)}"
        sys.stdout.write(f"{what}: median {median(seconds):.1f} ms ({spread})\n")
    if asked.modules:
        sys.stdout.write(f"{runs[-1][1]}\n")


def _run() -> tuple[list[float], str]:
    printed = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True).stdout
    times, modules = printed.splitlines()
    return [float(each) for each in times.split()], modules


if __name__ == "__main__":
    main()
