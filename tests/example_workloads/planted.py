"""Workloads with a planted defect, for tests: found as ``planted:NAME`` with this folder on the path."""

from dataclasses import replace
from typing import Any

from batchmark import Workload
from batchmark.workloads.blobs import BLOBS, build_model

# A learning rate ten times too small at one size, and a training short enough for it to show.
SLOW_LEARNER = replace(BLOBS, name="planted:SLOW_LEARNER", epochs=50, learning_rate_exceptions={64: 0.001})

ANOTHER_NAME = replace(BLOBS, name="what it calls itself")

# No learning rate is this good.
DIVERGES_AT_8 = replace(BLOBS, name="planted:DIVERGES_AT_8", learning_rate_exceptions={8: 1e30})


def _cannot_be_built(learning_rate: float) -> Any:
    message = f"no model for\nlearning rate {learning_rate}"
    raise RuntimeError(message)


CANNOT_BE_BUILT = replace(BLOBS, name="planted:CANNOT_BE_BUILT", build_model=_cannot_be_built)


def _noisy_model(learning_rate: float) -> Any:
    print("this line is not the protocol's")  # noqa: T201  that is the point
    return build_model(learning_rate)


PRINTS = replace(BLOBS, name="planted:PRINTS", build_model=_noisy_model)


_FATAL_RATE = 0.123


def _killing_model(learning_rate: float) -> Any:
    import os  # noqa: PLC0415
    import signal  # noqa: PLC0415

    if learning_rate == _FATAL_RATE:
        os.kill(os.getpid(), signal.SIGKILL)
    return build_model(learning_rate)


KILLS_ITS_PROCESS_AT_8 = replace(BLOBS, build_model=_killing_model, learning_rate_exceptions={8: _FATAL_RATE})

NOT_A_WORKLOAD = 42

NO_FUNCTIONS = Workload(42, 43)  # type: ignore[arg-type]


def slow_learner() -> Workload:
    return SLOW_LEARNER


def returns_nothing() -> None:
    return None


def raises() -> Workload:
    message = "no such thing"
    raise RuntimeError(message)
