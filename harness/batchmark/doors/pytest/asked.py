"""What one run of pytest asks of Batchmark, found out when a fixture or an option of ours is first met."""

from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytest

import batchmark
from batchmark.doors.pytest.playback import PlaybackClock
from batchmark.doors.sweep_options import OPTIONS, in_pytest
from batchmark.doors.sweep_settings import SweepSettings, settings_of
from batchmark.errors import BatchmarkError
from batchmark.files.project_file import FILE, find_file
from batchmark.measurement.plan import Plan
from batchmark.measurement.processors import on_processors
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.grid import DEFAULT_WORKLOADS, quality_pairs, sweep_cells
from batchmark.studies.sweep.run import WAITS_LONGER
from batchmark.workloads import Description
from batchmark.workloads.keras_backend import asked_backends

_OF_BATCHMARK_SWEEP = Path(batchmark.__file__).parent / "declared" / "pytest.ini"


class Asked:
    """Settings, workloads and cells of one run."""

    def __init__(self, config: pytest.Config, *, progress: Progress) -> None:
        """Find out nothing yet; `progress` is told while a workload of a user's own is tried out."""
        self._config = config
        self._kept = ExitStack()
        self.clock = PlaybackClock()
        self.descriptions = Descriptions(progress=progress)
        self.refused: tuple[BatchmarkError, ...] = ()
        """Why some of the workloads are not measured."""
        self.unjudged: tuple[BatchmarkError, ...] = ()
        """Why some of the workloads are not judged."""
        self.fault: BatchmarkError | None = None
        """Why nothing is measured."""
        self.nothing_judged: BatchmarkError | None = None
        """Why nothing is judged."""

    def close(self) -> None:
        """End the workers that described workloads and were not needed, and use all processors again."""
        self.descriptions.close()
        self._kept.close()

    @cached_property
    def settings(self) -> SweepSettings:
        """What was chosen, on the command line or in the project's pyproject.toml; from now on it holds.

        Raises BatchmarkError: what can't be used.
        """
        given = {
            option.field: tuple(value) if option.choice.many else value
            for option in OPTIONS
            if (value := getattr(self._config.option, option.dest)) not in (None, [])
        }
        settings = settings_of(given, project_file_of(self._config))
        # Before any worker is started.
        self._kept.enter_context(on_processors(settings.threads))
        return settings

    def plan(self) -> Plan:
        """Return how much of each cell is measured: one turn where benchmarks are disabled.

        Raises BatchmarkError: that would be nothing.
        """
        plan = replace(self.settings.plan(), waits_longer=self.said(WAITS_LONGER))
        option = self._config.option
        # Not there with -p no:benchmark.
        disabled = getattr(option, "benchmark_disable", False) and not getattr(option, "benchmark_enable", False)
        return replace(plan, turns=1) if disabled else plan

    def said(self, text: str) -> str:
        """Return `text`, which names options as `batchmark sweep` does, with the names they have where it is read."""
        return text if self._config.inipath == _OF_BATCHMARK_SWEEP else in_pytest(text)

    def cells(self) -> tuple[Cell, ...]:
        """Return every cell that was asked for, of the workloads that can be used.

        Raises BatchmarkError: there is none.
        """
        self.plan()
        backends = self.backends
        self.descriptions.on(backends, shares=self._shares)
        return sweep_cells(self._workloads(), self.settings.batch_sizes, self.settings.loop, backends)

    @property
    def _shares(self) -> bool:
        """Whether more than one worker is live at once."""
        return len(self.settings.workload) > 1

    @property
    def backends(self) -> tuple[str, ...]:
        """What runs Keras: what was chosen, or what Keras is set to.

        Raises UnsupportedBackendError: Keras is set to one that isn't measured. UnknownNameError: that was chosen.
        """
        return asked_backends(self.settings.backend)

    @property
    def backend_of_quality(self) -> str:
        """What runs Keras in the accuracy tests.

        Raises BatchmarkError: several were chosen.
        """
        if len(self.backends) > 1:
            message = f"the accuracy tests run on one backend, and {', '.join(self.backends)} are asked for; name one"
            raise BatchmarkError(message)
        return self.backends[0]

    def pairs(self) -> tuple[tuple[str, int], ...]:
        """Return every workload and batch size to judge, of the workloads that can be judged.

        Raises BatchmarkError: there is none.
        """
        # The study has a worker of its own beside them.
        self.descriptions.on((self.backend_of_quality,), shares=True)
        pairs, self.unjudged = quality_pairs(self._workloads(), self.settings.batch_sizes)
        self.unjudged += self.refused
        return pairs

    def _workloads(self) -> tuple[Description, ...]:
        usable, self.refused = self.descriptions.of_all(self.settings.workload or DEFAULT_WORKLOADS)
        return usable


def project_file_of(config: pytest.Config) -> Path | None:
    """Return the pyproject.toml whose defaults hold: the one that pytest reads, or the nearest from its root upward."""
    if config.inipath and config.inipath.name == FILE:
        return config.inipath
    return find_file(config.rootpath)
