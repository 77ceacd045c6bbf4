"""What the laboratory was asked as parts of a page: the answer and why, curves and tables; and what to do next."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from textwrap import wrap

from batchmark.files.answers import StoredAnswer
from batchmark.report.answers import page_of, pictures_of, workload_of
from batchmark.report.choosing import choice_sentence, fastest_way, say_never, say_way
from batchmark.report.claims_summary import say_where
from batchmark.report.laboratory_page import Page
from batchmark.report.page.figures import figure_of
from batchmark.report.page.parts import Figure, Line, Part, Tags, Text
from batchmark.report.page.tables import table_of
from batchmark.report.pictures.claim_curves import draw_claim_curves
from batchmark.report.target_across import rounded
from batchmark.report.units import learning_rate, percent
from batchmark.studies.claims.claim import Picture
from batchmark.studies.questions.choosing import Choice
from batchmark.studies.questions.stored import FORMS, StoredChoice, StoredQuality, StoredTarget
from batchmark.studies.stored.when import NEVER, when_of

_CHARACTERS = 96

Answered = Sequence[tuple[str, str, str, StoredAnswer]]
"""Anchor, machine, file and answer of each."""


def in_order(answers: Sequence[tuple[str, StoredAnswer]]) -> list[tuple[str, StoredAnswer]]:
    """Return answers by name: choices first, then what speaks for one size or another; the newest of each first."""
    kinds = [form.record for form in FORMS]
    newest_first = sorted(answers, key=lambda each: when_of(each[1].datetime), reverse=True)
    return sorted(newest_first, key=lambda each: kinds.index(type(each[1])))


def newest_of(answered: Answered) -> Answered:
    """Return, of answers in order, all but choices that a newer one to the same question on the same machine replaces.

    One that did not finish replaces only others that did not.
    """
    kept = []
    replaced: dict[object, bool] = {}
    for each in answered:
        _, machine, _, stored = each
        question = _question(stored, machine)
        is_whole = stored.stopped is None
        if question is not None:
            if replaced.get(question, False) or (question in replaced and not is_whole):
                continue
            replaced[question] = is_whole
        kept.append(each)
    return kept


def _question(stored: StoredAnswer, machine: str) -> object:
    """Return what a choice answers and where; None: it is no choice, or doesn't tell when or where it was made."""
    if not isinstance(stored, StoredChoice) or not stored.environment.get("node") or when_of(stored.datetime) == NEVER:
        return None
    design, backend = stored.answer.design, stored.environment.get("keras_backend")
    return design.workload.name, design.workload.version, design.target, design.is_quality, machine, backend


def answer_part(stored: StoredAnswer, name: str, *, anchor: str, machine: str) -> Part:
    """Return what a page says of an answer that is stored as `name`, and was found on `machine`."""
    page = page_of(stored)
    where = say_where(page.facts)
    title = "Why, and how sure" if isinstance(stored, StoredChoice) else "Notes"
    return Part(
        anchor=anchor,
        title=page.title,
        about=" · ".join([name, *_day(stored), *([machine] if stored.environment.get("node") else []), where]),
        lead=[page.sentence, *_ended(page), *page.above],
        figures=pictured(pictures_of(stored), [*page.above, where], PurePath(name).stem),
        tables=[table_of(told.caption, (told.columns, told.rows)) for told in page.tables],
        texts=[Text(title, page.notes, is_open=True)] if page.notes else [],
        tags=Tags(workload=(workload_of(stored),), machine=(machine,)),
    )


def pictured(pictures: Sequence[Picture], caption: Sequence[str], file: str) -> list[Figure]:
    """Return curves as figures, of those that have a point which can be drawn; saved, they are called by `file`."""
    lines = [line for each in caption for line in wrap(each, _CHARACTERS)]
    drawn = [(each, draw_claim_curves(each, each.title, lines)) for each in pictures]
    return [
        replace(figure_of(chart, f"{file}-{at}", {}, caption), columns=_columns(picture))
        for at, (picture, chart) in enumerate(drawn, start=1)
        if chart is not None
    ]


def said_first(answered: Answered) -> list[Line]:
    """Return a line for each answer: what it says, and which part has more."""
    return [Line(f"{_named(stored)}: {_found(stored)}", anchor) for anchor, _, _, stored in answered]


def title_of(answered: Answered) -> str:
    """Return what to use, where one workload alone was asked about; else nothing."""
    choices = [stored.answer for *_, stored in answered if isinstance(stored, StoredChoice)]
    told = {(choice.design.workload.name, choice.batch_size) for choice in choices}
    if len(told) != 1:
        return ""
    ((workload, size),) = told
    return f"No batch size is recommended for {workload}" if size is None else f"Use batch size {size} for {workload}"


def after_answers(answered: Answered) -> list[Line]:
    """Return what is to be done next, by each choice, and by what did not finish."""
    found = []
    machines = {machine for _, machine, _, stored in answered if isinstance(stored, StoredChoice)}
    for anchor, machine, file, stored in answered:
        workload = workload_of(stored)
        where = f" on {machine}" if len(machines) > 1 else ""
        if stored.stopped:
            found.append(Line(f"Ask {PurePath(file).name} again, which did not finish ({stored.stopped})", anchor))
        elif isinstance(stored, StoredChoice):
            found.append(_after_choice(stored.answer, workload, where, anchor))
    return found


def is_asked_about(answered: Answered, workload: str) -> bool:
    """Whether it is answered which sizes of a workload train as well, or get to a target."""
    kinds = (StoredChoice, StoredQuality, StoredTarget)
    return any(isinstance(stored, kinds) and workload_of(stored) == workload for *_, stored in answered)


def _after_choice(choice: Choice, workload: str, where: str, anchor: str) -> Line:
    if choice.batch_size is None:
        return Line(f"Choose a target for {workload} that can be reached, or more epochs:", anchor, command="--epochs")
    rate = "" if choice.learning_rate is None else f" at learning rate {learning_rate(rounded(choice.learning_rate))}"
    best = fastest_way(choice)
    way = "" if best is None else f". {say_way(best, choice)}"
    never = say_never(choice, choice.batch_size)
    return Line(f"Train {workload}{where} with batch size {choice.batch_size}{rate}{never}{way}", anchor)


def _found(stored: StoredAnswer) -> str:
    if not isinstance(stored, StoredChoice):
        return page_of(stored).sentence
    sentence, chosen = choice_sentence(stored.answer), stored.answer.cheapest
    if chosen is None or stored.answer.batch_size is None:
        return sentence
    share = percent(chosen.shares[chosen.index])
    return f"{sentence[0].lower()}{sentence[1:]} It takes the least time in {share} of resamples."


def _named(stored: StoredAnswer) -> str:
    return workload_of(stored) if isinstance(stored, StoredChoice) else page_of(stored).title


def _day(stored: StoredAnswer) -> list[str]:
    when = when_of(stored.datetime)
    return [] if when == NEVER else [f"{when:%Y-%m-%d %H:%M} UTC"]


def _ended(page: Page) -> list[str]:
    return [] if page.stopped is None else [f"Not finished: {page.stopped}."]


def _columns(picture: Picture) -> dict[str, str]:
    """Return what the values of a picture's points are called where they are saved."""
    ends = {end: f"{picture.y}, {end}" for end in ("low", "high")}
    return {"line": "line", "x": picture.x, "y": picture.y, **ends}
