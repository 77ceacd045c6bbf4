"""A workload, a suite of tests and a suite of releases of one's own: type checkers read it, nothing runs it."""

from typing import Any

import numpy as np
import pytest

from batchmark import Data, Description, Split, Workload
from batchmark.declared.loaded import line_on_missing, refuse_unless_loaded
from batchmark.declared.test_epoch import test_epoch
from batchmark.declared.test_quality import test_quality_equals_the_reference
from batchmark.releases import ReleaseSession, Tracked, measure, tracks

__all__ = ["Ours", "condition", "pytest_addoption", "test_epoch", "test_quality_equals_the_reference", "workload"]


def build_model(learning_rate: float) -> object:
    return learning_rate


def load_data() -> Data:
    x = np.zeros((100, 8), np.float32)
    return Data(train=(x,), validation=Split(x, x[:, :1], sample_weight=None))


workload = Workload(build_model, load_data, learning_rate=0.01, quality_metric="loss", quality_margin=0.05)
"""What is trained."""
description: Description = workload.described(name="ours", examples=100)
rate: float | None = description.learning_rate_for(32)
Workload(load_data=load_data)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
Workload(build_model, load_data, epochs="10")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    line: str | None = line_on_missing(pluginmanager)
    if line:
        raise pytest.UsageError(line)


def condition(config: pytest.Config) -> bool:
    return refuse_unless_loaded(config, "batchmark")


OURS = Tracked("ours", batch_sizes="16..64*,full", loops=("fit",), turns=5)


@tracks(OURS)
class Ours:
    """What is tracked."""

    def setup_cache(self) -> ReleaseSession:
        session: ReleaseSession = measure(OURS)
        facts: dict[str, Any] = dict(session.facts)
        return session if facts else ReleaseSession(pass_started=0)
