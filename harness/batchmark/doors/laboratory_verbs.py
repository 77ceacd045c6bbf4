"""How a verb puts a question to the laboratory, and what it does with the answer."""

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import click

from batchmark.errors import BatchmarkError
from batchmark.files.answers import StoredAnswer
from batchmark.files.whole_file import write_whole
from batchmark.measurement.hardware import gpu_facts, machine_facts
from batchmark.report.answers import page_of, pictures_of
from batchmark.report.laboratory_page import Page, page_as_markdown, page_as_text
from batchmark.report.pictures.extra import make_folder, require_drawing
from batchmark.report.progress import show_progress
from batchmark.studies.claims.claim import Picture
from batchmark.studies.laboratory.kept import default_folder
from batchmark.studies.laboratory.laboratory import Laboratory
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions.stored import Answer as StorableAnswer
from batchmark.studies.questions.stored import as_stored, as_text
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.workloads.workload import Description


class _Asks(Protocol):
    """A question: what it takes to answer it."""

    @property
    def parts(self) -> Sequence[Part]: ...


Design = TypeVar("Design", bound=_Asks)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Put(Generic[Design]):
    """A question that was put, and what was obtained."""

    design: Design
    results: Results
    facts: Mapping[str, object]

    @property
    def is_whole(self) -> bool:
        """Whether all was obtained."""
        return self.results.stopped is None and not self.results.missing

    def judged(self, judge: Callable[[Results, Design], Answer]) -> Answer:
        """Return the answer.

        Raises BatchmarkError: what it takes is not there; why is said.
        """
        try:
            return judge(self.results, self.design)
        except MissingPartError as error:
            stopped = f"{self.results.stopped}; " if self.results.stopped not in {None, str(error)} else ""
            message = f"no answer: {stopped}{error}; what was finished is kept, and the same command goes on from there"
            raise BatchmarkError(message) from error

    def stored(self, answer: StorableAnswer) -> StoredAnswer:
        """Return an answer as its file has it."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        return as_stored(answer, self.facts, self.results.stopped, when=when)


@dataclass(frozen=True)
class Wanted:
    """What is to be written beside what is printed."""

    folder: Path | None = None
    """Of pictures."""
    markdown: Path | None = None
    json_file: Path | None = None

    def require(self) -> None:
        """Refuse pictures that can't be drawn before minutes of training, not after them. Raises BatchmarkError."""
        if self.folder:
            require_drawing()
            make_folder(self.folder)


Next = Callable[[Results, Design], Sequence[Part]]
"""What comes next, by what was obtained; nothing: nothing does."""


def put(
    workload: str,
    question: Callable[[Description], Design],
    *,
    keep: Path | None,
    budget: float | None,
    then: Next[Design] | None = None,
    surer: Next[Design] | None = None,
    seconds_for_surer: float = 0.0,
    require: Callable[[Design, Mapping[str, object]], None] | None = None,
) -> Put[Design]:
    """Put a question on a workload, by its name, to the laboratory.

    `then` says what else it takes, by what was obtained: trainings at rates that were found first. `surer` says what
    would make the answer surer when all is there: it is obtained as long as `budget` lasts, or without one until
    `seconds_for_surer` after the beginning, and what time is up for isn't missing. `require` may refuse the design by
    the facts of where it is to be trained.

    Raises BatchmarkError: there is no such workload, or the question can't be put to it.
    """
    with show_progress() as progress:
        descriptions = Descriptions(progress=progress)
        with Laboratory(keep or default_folder(), progress=progress, descriptions=descriptions) as laboratory:
            design = question(descriptions.of(workload))
            if require is not None:
                require(design, laboratory.facts)
            asking = _Asking(design, laboratory, budget)
            asking.follow(then)
            if surer is not None:
                asking.make_surer(surer, then, seconds_for_surer)
            facts = laboratory.facts
    told = {"node": platform.node(), **machine_facts(), **facts, **gpu_facts(facts)}
    return Put(asking.design, asking.results, told)


class _Asking(Generic[Design]):
    """A question, and what was obtained for it so far."""

    def __init__(self, design: Design, laboratory: Laboratory, budget: float | None) -> None:
        self.design = design
        self._laboratory = laboratory
        self._begun = time.monotonic()
        self._budget = budget
        self.results = laboratory.obtain(design.parts, budget_seconds=budget)

    def follow(self, then: Next[Design] | None) -> None:
        """Obtain what comes next until nothing does."""
        while then is not None and (parts := self._new(then)):
            if self.results.stopped is not None:
                missing = {**self.results.missing, **dict.fromkeys(parts, self.results.stopped)}
                self.results = replace(self.results, missing=missing)
            else:
                self.results = self.results.with_more(self._laboratory.obtain(parts, budget_seconds=self._left()))

    def make_surer(self, surer: Next[Design], then: Next[Design] | None, seconds: float) -> None:
        """Obtain what `surer` names, and what that takes, while time is left; what is too late isn't missing."""
        if self._budget is None:
            self._budget = seconds
        before = dict(self.results.missing)
        while self.results.stopped is None and self._left() and (parts := self._new(surer)):
            self.results = self.results.with_more(self._laboratory.obtain(parts, budget_seconds=self._left()))
            self.follow(then)
        self.results = replace(self.results, missing=before)

    def _left(self) -> float | None:
        return None if self._budget is None else max(0.0, self._budget - (time.monotonic() - self._begun))

    def _new(self, following: Next[Design]) -> list[Part]:
        known = {*self.results.obtained, *self.results.missing}
        return [part for part in following(self.results, self.design) if part not in known]


def show(stored: StoredAnswer, name: str, wanted: Wanted) -> None:
    """Print an answer, and write what is wanted; pictures are called `name`, and a number where there are several."""
    page = page_of(stored)
    click.echo(page_as_text(page))
    if wanted.json_file:
        write_whole(wanted.json_file, as_text(stored))
    drawn = _draw(page, pictures_of(stored), name, wanted.folder) if wanted.folder else []
    if wanted.markdown:
        folder = wanted.markdown.parent
        linked = [(title, Path(relpath(path, folder))) for title, path in drawn]
        write_whole(wanted.markdown, page_as_markdown(replace(page, pictures=linked)))


def _draw(page: Page, pictures: Sequence[Picture], name: str, folder: Path) -> list[tuple[str, Path]]:
    from batchmark.report.pictures.of_answers import draw_answer  # noqa: PLC0415  a second of importing, and an extra

    drawn = []
    for title, paths in draw_answer(page, pictures, folder, name):
        drawn.append((title, paths[-1]))
        for path in paths:
            click.echo(f"wrote {path}")
    if not drawn:
        click.echo("batchmark: nothing to draw: no number has an interval", err=True)
    return drawn
