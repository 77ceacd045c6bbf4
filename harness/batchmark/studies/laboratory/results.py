"""What was obtained of an experiment's parts."""

from collections.abc import Mapping
from dataclasses import dataclass

from batchmark.errors import BatchmarkError
from batchmark.studies.laboratory.parts import Arm, Chosen, Fits, Fitting, Part, Timed, Timing, Tuned
from batchmark.trainings import Followed

Obtained = Followed | Chosen | Timed | Fits


class MissingPartError(BatchmarkError):
    """A part of an experiment that was not obtained: stopped, over budget, or failed."""


@dataclass(frozen=True)
class Results:
    """Parts that were obtained, and why others were not."""

    obtained: Mapping[Part, Obtained]
    missing: Mapping[Part, str]
    """Why, by part."""
    stopped: str | None = None
    """Why obtaining ended before all was there: Ctrl-C, a worker that died, a full disk. None: it did not."""

    def with_more(self, more: "Results") -> "Results":
        """Return these and `more`, which were obtained after them and say why it ended."""
        return Results({**self.obtained, **more.obtained}, {**self.missing, **more.missing}, more.stopped)

    def of(self, arm: Arm) -> Followed:
        """Return an arm's trainings. Raises MissingPartError."""
        found = self._part(arm)
        assert isinstance(found, Followed)  # noqa: S101  by the part's type
        return found

    def of_tuned(self, tuned: Tuned) -> Chosen:
        """Return a tuned arm's trainings. Raises MissingPartError."""
        found = self._part(tuned)
        assert isinstance(found, Chosen)  # noqa: S101  by the part's type
        return found

    def of_timing(self, timing: Timing) -> Timed:
        """Return cells' records. Raises MissingPartError."""
        found = self._part(timing)
        assert isinstance(found, Timed)  # noqa: S101  by the part's type
        return found

    def of_fitting(self, fitting: Fitting) -> Fits:
        """Return what fits into memory. Raises MissingPartError."""
        found = self._part(fitting)
        assert isinstance(found, Fits)  # noqa: S101  by the part's type
        return found

    def _part(self, part: Part) -> Obtained:
        if part not in self.obtained:
            raise MissingPartError(self.missing.get(part, "it was not asked for"))
        return self.obtained[part]
