"""A process's memory and its limit, in processes of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from batchmark.measurement.memory import ABOVE_LIMIT, peak_host_bytes

MIB = 1 << 20

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux enforces it")


def _python(code: str) -> subprocess.CompletedProcess[str]:
    lines = ["import time", "from batchmark.measurement.memory import limit_host_bytes, peak_host_bytes", code]
    return subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)


def test_a_process_has_used_some_memory() -> None:
    assert MIB < peak_host_bytes() < 1 << 40


def test_a_process_within_its_limit_is_left_alone() -> None:
    code = "limit_host_bytes(200 << 20)\nheld = bytes(100 << 20)\nheld = bytearray(b'x') * (100 << 20)\ntime.sleep(0.1)"
    ended = _python(code + "\nprint(peak_host_bytes())")
    assert ended.returncode == 0, ended.stderr
    assert 100 * MIB < int(ended.stdout) < 200 * MIB


def test_a_process_above_its_limit_is_killed_and_says_why() -> None:
    ended = _python("limit_host_bytes(100 << 20)\nheld = bytearray(b'x') * (150 << 20)\ntime.sleep(30)")
    assert ended.returncode == -9
    assert ended.stderr.strip() == ABOVE_LIMIT


def test_what_is_reserved_and_not_touched_does_not_count() -> None:
    code = "import mmap\nlimit_host_bytes(100 << 20)\nheld = mmap.mmap(-1, 150 << 20, flags=mmap.MAP_PRIVATE)"
    ended = _python(code + "\ntime.sleep(0.1)\nprint(peak_host_bytes())")
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 100 * MIB


def test_far_more_than_the_limit_is_refused_at_once() -> None:
    ended = _python("limit_host_bytes(100 << 20)\nheld = bytes(1000 << 20)")
    assert ended.returncode == 1
    assert "MemoryError" in ended.stderr
