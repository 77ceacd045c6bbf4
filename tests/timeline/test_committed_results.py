"""The results of releases that stand in the repository are read, every sample of them."""

import json
from itertools import product
from pathlib import Path

import pytest

from batchmark.timeline.history import Commit, machines, read_measurements

pytest.importorskip("asv")

RESULTS = Path(__file__).parents[2] / "benchmarks" / "releases" / "results"
FILES = sorted(RESULTS.glob("*/*-release-*.json"))


def _samples(path: Path) -> dict[tuple[str, str, tuple[str, ...]], tuple[float, ...]]:
    """Return what asv wrote, by suite, metric and parameters as they stand there."""
    stored = json.loads(path.read_text())
    at = stored["result_columns"].index("samples")
    found = {}
    for name, result in stored["results"].items():
        _, suite, method = name.split(".")
        cells = list(product(*result[1]))
        samples = result[at] if len(result) > at and result[at] is not None else [None] * len(cells)
        for parameters, values in zip(cells, samples, strict=True):
            found[suite, method.removeprefix("track_"), parameters] = tuple(map(float, values or ()))
    return found


def test_there_are_results_of_a_machine() -> None:
    assert FILES
    assert {path.parent.name for path in FILES} == set(machines(RESULTS))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[:8])
def test_every_sample_is_read(path: Path) -> None:
    commit = json.loads(path.read_text())["commit_hash"]
    found, unreadable = read_measurements(RESULTS, path.parent.name, [Commit(commit, "", "", "")])
    assert not unreadable
    read = {
        (key.suite, key.metric, tuple(map(repr, key.parameters))): found[commit].samples(key)
        for key in found[commit].sessions
    }
    assert read == _samples(path)
    assert sum(map(len, read.values())) > 100
