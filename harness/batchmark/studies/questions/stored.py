"""Answers of the laboratory as files: the form of each question, which what it printed and drew is read back from.

A number that isn't known is null. An infinite one, as the updates to a target that is never reached, is text.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from batchmark.curves import Line
from batchmark.errors import StoredFileError
from batchmark.files.answers import StoredAnswer
from batchmark.files.json_file import read_json
from batchmark.files.stored_form import Form
from batchmark.studies.questions.choosing import Choice
from batchmark.studies.questions.noise_along import NoiseAnswer
from batchmark.studies.questions.observed_across import ObserveAnswer
from batchmark.studies.questions.quality_across import QualityAnswer
from batchmark.studies.questions.schedules_against import SchedulesAnswer
from batchmark.studies.questions.target_across import TargetAnswer

Stored = TypeVar("Stored", bound=StoredAnswer)


@dataclass(frozen=True)
class StoredChoice(StoredAnswer):
    """Of ``choose``."""

    answer: Choice


@dataclass(frozen=True)
class StoredTarget(StoredAnswer):
    """Of ``target``."""

    answer: TargetAnswer


@dataclass(frozen=True)
class StoredQuality(StoredAnswer):
    """Of ``quality``."""

    answer: QualityAnswer


@dataclass(frozen=True)
class StoredNoiseScale(StoredAnswer):
    """Of ``noise-scale``."""

    answer: NoiseAnswer


@dataclass(frozen=True)
class StoredSchedules(StoredAnswer):
    """Of ``schedules``."""

    answer: SchedulesAnswer


@dataclass(frozen=True)
class StoredObservation(StoredAnswer):
    """Of ``observe``."""

    answer: ObserveAnswer


def _flaw(stored: StoredAnswer) -> str | None:
    """Return what is wrong of numbers that belong together."""
    for line in _lines(stored):
        if not line.is_whole:
            return f"the curve {line.name} has not as many values as places"
    if isinstance(stored, StoredChoice) and (found := stored.answer.cheapest):
        if len(found.shares) != len(stored.answer.sizes) or not 0 <= found.index < len(found.shares):
            return "the shares are not of the batch sizes"
        if stored.answer.batch_size is not None and stored.answer.batch_size != stored.answer.sizes[found.index]:
            return "another batch size is recommended than the one that takes least time"
    return None


def _lines(value: object) -> list[Line]:
    match value:
        case Line():
            return [value]
        case list() | tuple():
            return [line for each in value for line in _lines(each)]
        case Mapping():
            return [line for each in value.values() for line in _lines(each)]
        case _ if is_dataclass(value):
            return [line for each in fields(value) for line in _lines(getattr(value, each.name))]
        case _:
            return []


def _form(record: type[Stored], verb: str, key: str) -> Form[Stored]:
    return Form(
        record,
        key=f"batchmark_{key}",
        version=1,
        name=f"an answer of batchmark {verb}",
        stored_by=f"one is stored by batchmark {verb} WORKLOAD --json FILE",
        again="ask again",
        infinities=True,
        flaw=_flaw,
    )


CHOICE = _form(StoredChoice, "choose", "choice")
TARGET = _form(StoredTarget, "target", "target")
QUALITY = _form(StoredQuality, "quality", "quality")
NOISE_SCALE = _form(StoredNoiseScale, "noise-scale", "noise_scale")
SCHEDULES = _form(StoredSchedules, "schedules", "schedules")
OBSERVATION = _form(StoredObservation, "observe", "observe")
FORMS: Sequence[Form[Any]] = (CHOICE, TARGET, QUALITY, NOISE_SCALE, SCHEDULES, OBSERVATION)
"""In the order in which a page shows them."""
READERS = {form.key: form.read for form in FORMS}
"""Reads the files of each, by the key of its form."""
Answer = Choice | TargetAnswer | QualityAnswer | NoiseAnswer | SchedulesAnswer | ObserveAnswer
_RECORDS: Mapping[type, Any] = {
    Choice: StoredChoice,
    TargetAnswer: StoredTarget,
    QualityAnswer: StoredQuality,
    NoiseAnswer: StoredNoiseScale,
    SchedulesAnswer: StoredSchedules,
    ObserveAnswer: StoredObservation,
}


def as_stored(answer: Answer, facts: Mapping[str, object], stopped: str | None, *, when: str = "") -> StoredAnswer:
    """Return an answer as its file has it; `when` it is stored, as ISO 8601."""
    record: StoredAnswer = _RECORDS[type(answer)](stopped, dict(facts), answer, datetime=when)
    return record


def read_answer(path: Path) -> StoredAnswer | None:
    """Return the answer that a file holds; None: it holds none, or is no file at all.

    Raises StoredFileError: it is damaged, or of another version.
    """
    content: object = None
    with suppress(StoredFileError):
        content = read_json(path, "")
    for form in FORMS:
        if isinstance(content, dict) and form.key in content:
            answer: StoredAnswer = form.taken(content, str(path))
            return answer
    return None


def as_text(answer: StoredAnswer) -> str:
    """Return the text of its file."""
    (form,) = (each for each in FORMS if each.record is type(answer))
    return form.text(answer)
