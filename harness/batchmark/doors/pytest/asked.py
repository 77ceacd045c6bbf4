"""What one run of pytest asks of Batchmark, found out when a fixture or an option of ours is first met."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import batchmark
from batchmark.doors.pytest.playback import PlaybackClock
from batchmark.doors.sweep_options import OPTIONS, in_pytest
from batchmark.doors.sweep_settings import SweepSettings, settings_of
from batchmark.files.project_file import FILE, find_file
from batchmark.measurement.plan import Plan
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.grid import DEFAULT_WORKLOADS, quality_pairs, sweep_cells
from batchmark.studies.sweep.run import WAITS_LONGER
from batchmark.workloads import Description

if TYPE_CHECKING:
    from batchmark.errors import BatchmarkError

_OF_BATCHMARK_SWEEP = Path(batchmark.__file__).parent / "declared" / "pytest.ini"


class Asked:
    """Settings, workloads and cells of one run."""

    def __init__(self, config: pytest.Config, *, progress: Progress) -> None:
        """Find out nothing yet; `progress` is told while a workload of a user's own is tried out."""
        self._config = config
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

    @cached_property
    def settings(self) -> SweepSettings:
        """What was chosen, on the command line or in the project's pyproject.toml.

        Raises BatchmarkError: what can't be used.
        """
        given = {
            option.field: tuple(value) if option.choice.many else value
            for option in OPTIONS
            if (value := getattr(self._config.option, option.dest)) not in (None, [])
        }
        return settings_of(given, project_file_of(self._config))

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
        return sweep_cells(self._workloads(), self.settings.batch_sizes, self.settings.loop)

    def pairs(self) -> tuple[tuple[str, int], ...]:
        """Return every workload and batch size to judge, of the workloads that can be judged.

        Raises BatchmarkError: there is none.
        """
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
