"""Stored results made up for a page: sweeps on two machines and backends, a comparison with its why, hostile names."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from answers_made import choice
from batchmark.comparison import Comparison, ProfiledCell
from batchmark.files.brief import brief_of
from batchmark.files.comparison import write_comparison
from batchmark.files.results import Passed, Result, Results
from batchmark.files.sweep import StoredSweep
from batchmark.profiles import Phase
from batchmark.records import Cell, CellRecord
from compared import FACTS, cell_of, comparison_of, sweep_stored, write_sweep
from profiles_made import profile
from questions_asked import DESCRIBED
from synthetic import gaussian, sweep_of

SIZES = (16, 31, 32, 33, 50, 64, 128)
HOSTILE = "</script><img src=x onerror=alert(1)>"
"""What would run, or ask for something, where it stood in a page as it is."""
_FIT = "keras.trainer:fit"
_SHARES = {("fit", "tensorflow"): 1.0, ("compiled", "tensorflow"): 0.2, ("fit", "jax"): 0.5}


def records_of(
    workload: str = "blobs", loop: str = "fit", backend: str = "tensorflow", seed: int = 4
) -> list[CellRecord]:
    """Return a sweep of one workload, loop and backend, with its memory."""
    found = sweep_of(np.random.default_rng(seed), noise=gaussian(0.02), sizes=SIZES)
    share = _SHARES[loop, backend]
    return [
        replace(
            record,
            cell=Cell(workload, record.cell.batch_size, loop, backend),
            seconds_per_round=tuple(tuple(share * each for each in turn) for turn in record.seconds_per_round),
            peak_host_bytes=700 * 2**20 + 90_000 * record.cell.batch_size,
        )
        for record in found
    ]


def sweep(workloads: Sequence[str] = ("blobs",), **fields: Any) -> StoredSweep:
    """Return a stored sweep of two loops on TensorFlow and one on JAX; `fields` are as those of `sweep_stored`.

    Those of two days differ in a last digit, as no two runs are alike.
    """
    records = [
        _of_day(record, fields.get("day", 1))
        for seed, workload in enumerate(workloads)
        for loop, backend in (("fit", "tensorflow"), ("compiled", "tensorflow"), ("fit", "jax"))
        for record in records_of(workload, loop, backend, seed)
    ]
    return sweep_stored(records, **fields)


def _of_day(record: CellRecord, day: int) -> CellRecord:
    rounds = tuple(tuple(each * (1 + 1e-9 * day) for each in turn) for turn in record.seconds_per_round)
    return replace(record, seconds_per_round=rounds)


def comparison(**fields: Any) -> Comparison:
    """Return a comparison in which one cell of four regressed, with its why; `fields` replace what is made up."""
    sides = [
        profile({Phase.BETWEEN_EPOCHS: {(_FIT, "keras.callbacks:end"): seconds}}, packages={"keras": version})
        for seconds, version in ((0.001, "3.6.0"), (0.011, "3.9.0"))
    ]
    cells = [
        cell_of(1.2, batch_size=16),
        cell_of(1.0, batch_size=32, needed="about 12 restarts"),
        cell_of(1.0, batch_size=64, width=1.002),
        cell_of(0.002, metric="quality", tolerance=0.017),
        cell_of(1.001, metric="first_epoch_seconds", tolerance=None),
    ]
    made_up: dict[str, Any] = {"profiles": (ProfiledCell("blobs", 16, "fit", sides[0], sides[1]),)}
    return comparison_of(fields.pop("cells", cells), **(made_up | fields))


def results(*contents: Any, **found: Any) -> Results:
    """Return what was read, as if it had stood in files."""
    return with_brief(Results(tuple(Result(f"{at}.json", content) for at, content in enumerate(contents)), **found))


def with_brief(found: Results) -> Results:
    """Return the same with its sweeps in brief, as whoever reads files finds them."""
    whole = [(each.name, each.content) for each in found.read]
    sweeps = tuple(brief_of(content, name) for name, content in whole if isinstance(content, StoredSweep))
    return replace(found, sweeps=(*found.sweeps, *sweeps))


def write_folder(folder: Path) -> Path:
    """Write sweeps of two machines and a comparison into `folder`, and return it."""
    write_sweep(folder / "here.json", sweep(("blobs", "digits-mlp"), node="here", day=2))
    write_sweep(folder / "there.json", sweep(("blobs",), node="there", cores=8))
    write_comparison(comparison(), folder / "upgrade.json")
    return folder


def hostile() -> Results:
    """Return results whose every name and sentence would run where it stood in a page as it is."""
    evil = [
        replace(record, cell=replace(record.cell, workload=HOSTILE), warnings=(HOSTILE,)) for record in records_of()
    ]
    side: dict[str, Any] = {
        **FACTS,
        "device_name": HOSTILE,
        "keras": HOSTILE,
        "flags": {HOSTILE: HOSTILE},
        "requirements": HOSTILE,
    }
    stored = sweep_stored(evil, node=HOSTILE, stopped=HOSTILE, **side)
    cells = [cell_of(1.2, workload=HOSTILE, loop=HOSTILE, needed=HOSTILE, warnings=(HOSTILE,))]
    made = comparison(cells=cells, warnings=(HOSTILE,), stopped=HOSTILE)
    found = Results(
        read=(
            Result(f"{HOSTILE}.json", stored),
            Result(f"{HOSTILE}-2.json", made),
            Result(f"{HOSTILE}-3.json", choice(HOSTILE, side, workload=replace(DESCRIBED, name=HOSTILE))),
        ),
        skipped=(Passed(HOSTILE, HOSTILE),),
        left_out=(Passed(HOSTILE, HOSTILE),),
        twice=(Passed(HOSTILE, HOSTILE),),
    )
    return with_brief(found)
