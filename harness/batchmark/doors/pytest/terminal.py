"""How what takes long reaches the terminal of a run of pytest, which captures what tests print."""

from contextlib import ExitStack
from typing import Any

import pytest

from batchmark.progress import Progress
from batchmark.report.progress import show_progress


def uncaptured(config: pytest.Config) -> Any:  # noqa: ANN401  pytest's capture manager is private
    """Return a context in which progress reaches the terminal."""
    capture = config.pluginmanager.getplugin("capturemanager")
    return capture.global_and_fixture_disabled() if capture else ExitStack()


def progress_of(config: pytest.Config) -> Progress:
    """Return a progress that is not there before pytest's terminal is."""

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        with uncaptured(config), show_progress() as progress:
            progress(phase=phase, done=done, of=of, detail=detail)

    return tell
