"""Answers of the laboratory, whichever was asked for: what is told of each, and its pictures.

What a verb prints and what is told of its stored answer are the same.
"""

from collections.abc import Sequence

from batchmark.files.answers import StoredAnswer
from batchmark.report.choosing import choice_page
from batchmark.report.laboratory_page import Page
from batchmark.report.noise_scale import noise_scale_page
from batchmark.report.observe import observe_page
from batchmark.report.quality_across import quality_page
from batchmark.report.schedules import schedules_page
from batchmark.report.target_across import target_page
from batchmark.studies.claims.claim import Picture
from batchmark.studies.questions.stored import (
    StoredChoice,
    StoredNoiseScale,
    StoredObservation,
    StoredQuality,
    StoredSchedules,
    StoredTarget,
)
from batchmark.studies.questions.target_pictures import target_pictures


def page_of(stored: StoredAnswer) -> Page:
    """Return what is told of an answer. Raises TypeError: it is of no question that there is."""
    told = (stored.environment, stored.stopped)
    match stored:
        case StoredChoice():
            return choice_page(stored.answer, *told)
        case StoredTarget():
            return target_page(stored.answer, *told)
        case StoredQuality():
            return quality_page(stored.answer, *told)
        case StoredNoiseScale():
            return noise_scale_page(stored.answer, *told)
        case StoredSchedules():
            return schedules_page(stored.answer, *told)
        case StoredObservation():
            return observe_page(stored.answer, *told)
    raise TypeError(type(stored))


def pictures_of(stored: StoredAnswer) -> Sequence[Picture]:
    """Return the pictures of an answer. Raises TypeError: it is of no question that there is."""
    match stored:
        case StoredChoice():
            return target_pictures(stored.answer.answer)
        case StoredTarget():
            return target_pictures(stored.answer)
        case StoredQuality() | StoredNoiseScale() | StoredSchedules() | StoredObservation():
            return stored.answer.pictures
    raise TypeError(type(stored))


def workload_of(stored: StoredAnswer) -> str:
    """Return the name of the workload that was asked about. Raises TypeError: it is of no question that there is."""
    match stored:
        case StoredChoice() | StoredTarget() | StoredQuality():
            return stored.answer.design.workload.name
        case StoredNoiseScale() | StoredObservation():
            return stored.answer.design.workload
        case StoredSchedules():
            return stored.answer.workload
    raise TypeError(type(stored))
