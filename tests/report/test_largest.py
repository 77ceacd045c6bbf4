"""The largest batch size as text, compared to the letter with golden/largest/*.txt.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchmark.analysis.largest import boundary, find_largest
from batchmark.report.largest import render_largest
from batchmark.studies.sweep.largest import Largest, Outcome, Probe
from golden import require_agreed

GOLDEN = Path(__file__).parent / "golden" / "largest"
GIB = 1 << 30
FACTS: dict[str, object] = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "device": "CPU",
    "device_count": 1,
    "device_name": None,
    "intra_op_threads": 0,
    "cores": 2,
    "load_at_start": [0.1, 0.2, 0.3],
}
GPU: dict[str, object] = {**FACTS, "device": "GPU", "device_name": "A Card 9000"}
OUT_OF_MEMORY = (
    "ResourceExhaustedError: Graph execution error: Detected at node StatefulPartitionedCall/MatMul defined at (most "
    "recent call last): <stack traces unavailable> OOM when allocating tensor with shape[12800,2048] and type float "
    "on /job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu"
)
KILLED = "the worker was killed by signal 11 while it did 'probe'; its last words: WARNING: All log messages before"


def _yes(size: int, *, bytes_per_example: int = 600_000, **fields: Any) -> Probe:
    return Probe(size, Outcome.TRAINED, peak_host_bytes=(700 << 20) + size * bytes_per_example, **fields)


def _no(size: int) -> Probe:
    """Each size fails in its own way."""
    if size > 16_000:
        return Probe(size, Outcome.DIED, KILLED)
    if size > 14_000:
        return Probe(size, Outcome.OUT_OF_MEMORY, OUT_OF_MEMORY)
    reason = "more memory than the limit was resident"
    return Probe(size, Outcome.ABOVE_LIMIT, reason, peak_host_bytes=int(8.22 * GIB))


def _result(probe: Callable[[int], Probe], *, start: int = 1024, maximum: int = 60_000, **fields: Any) -> Largest:
    known: dict[str, Any] = {
        "workload": "mine.training:workload",
        "loop": "fit",
        "examples": 60_000,
        "maximum": maximum,
        "boundary": find_largest(probe, start=start, maximum=maximum),
        "memory_limit": 8 * GIB,
        "limit_is_ours": False,
        "available_bytes": 20 * GIB,
        "imported_bytes": 623 << 20,
        "probe_seconds": 300.0,
        "facts": FACTS,
        "stopped": None,
    }
    return Largest(**{**known, **fields})


def _up_to(largest: int) -> Callable[[int], Probe]:
    return lambda size: _yes(size) if size <= largest else _no(size)


def _all(size: int) -> Probe:
    return _yes(size, bytes_per_example=50_000)


def _stopped(*probes: Probe) -> Largest:
    found = boundary(probes, start=1024, maximum=60_000)
    return _result(_all, boundary=found, stopped="interrupted by Ctrl-C")


def _nothing(size: int) -> Probe:
    return Probe(size, Outcome.OUT_OF_MEMORY if size > 1 else Outcome.DIED, OUT_OF_MEMORY if size > 1 else KILLED)


def _hangs(size: int) -> Probe:
    if size <= 1024:
        return _yes(size, diverged=True)
    reason = "the worker said nothing for 300 s while it did 'probe'; it was ended"
    return (
        Probe(size, Outcome.SILENT, reason) if size > 1100 else Probe(size, Outcome.FAILED, "mine.py:7: ValueError: no")
    )


def _on_a_gpu(size: int) -> Probe:
    return _yes(size, peak_device_bytes=size << 20) if size <= 12_288 else Probe(size, Outcome.DIED, KILLED)


def _unsteady() -> Callable[[int], Probe]:
    """Trains up to 12,500, but not every time."""
    asked: list[int] = []

    def probe(size: int) -> Probe:
        asked.append(size)
        return _yes(size) if size <= 12_500 and not (size == 12_288 and asked.count(size) == 1) else _no(size)

    return probe


CASES: dict[str, Callable[[], Largest]] = {
    "boundary": lambda: _result(_up_to(12_500)),
    "unsteady": lambda: _result(_unsteady()),
    "maximum": lambda: _result(_all, start=30_000, limit_is_ours=True),
    "repeated": lambda: _result(_all, start=60_000, maximum=90_000, available_bytes=5 * GIB),
    "nothing": lambda: _result(_nothing, start=4),
    "interrupted": lambda: _stopped(_yes(1024), _yes(2048), _no(4096)),
    "interrupted_early": lambda: _stopped(_no(1024)),
    "hangs": lambda: _result(_hangs),
    "gpu": lambda: _result(_on_a_gpu, start=12_000, memory_limit=None, limit_is_ours=True, facts=GPU),
}


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_what_was_agreed(name: str) -> None:
    text = render_largest(CASES[name]()) + "\n"
    path = GOLDEN / f"{name}.txt"
    require_agreed(text, path)


def test_the_answer_is_one_sentence_with_its_number_of_probes() -> None:
    result = CASES["boundary"]()
    found = result.boundary
    text = " ".join(render_largest(result).split())
    assert f"batch size {found.answer:,} trains within 8 GiB; {found.smallest_failing:,} does not: " in text
    assert f"; {len(found.probes)} probes." in text


def test_every_agreed_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_a_page_none_ends_in_blanks(name: str) -> None:
    for line in render_largest(CASES[name]()).splitlines():
        assert len(line) <= 80
        assert line == line.rstrip()


@pytest.mark.parametrize("name", CASES)
def test_every_probe_is_a_row(name: str) -> None:
    result = CASES[name]()
    lines = render_largest(result).split("─\n")[-1].splitlines()
    rows = [line for line in lines if line[:5].strip()]  # a reason may go on below
    assert [row.split()[:2] for row in rows] == [
        [str(number), f"{probe.batch_size:,}"] for number, probe in enumerate(result.boundary.probes, start=1)
    ]
