"""Answers as files: what is read back says and draws what was said and drawn, whatever fields an answer has."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from answers_made import EVERY, choice, write_answer
from batchmark.errors import StoredFileError
from batchmark.files.answers import StoredAnswer
from batchmark.files.stored_form import Form
from batchmark.report.answers import page_of, pictures_of
from batchmark.report.laboratory_page import page_as_markdown, page_as_text
from batchmark.studies.questions.stored import CHOICE, FORMS, READERS, as_text


def _form_of(answer: StoredAnswer) -> Form[Any]:
    (form,) = (form for form in FORMS if form.record is type(answer))
    return form


@pytest.mark.parametrize("name", EVERY)
def test_what_is_read_back_is_what_was_found_and_says_and_draws_the_same(name: str, tmp_path: Path) -> None:
    answer = EVERY[name]()
    form = _form_of(answer)
    read = form.read(write_answer(tmp_path / "answer.json", answer))
    # NaN equals nothing, itself included; its repr does.
    assert repr(read) == repr(answer)
    assert as_text(read) == as_text(answer)
    assert page_as_text(page_of(read)) == page_as_text(page_of(answer))
    assert page_as_markdown(page_of(read)) == page_as_markdown(page_of(answer))
    assert repr(pictures_of(read)) == repr(pictures_of(answer))


def test_every_question_has_a_form_and_a_file_that_is_known_by_its_key() -> None:
    assert {type(make()) for make in EVERY.values()} == {form.record for form in FORMS}
    assert list(READERS) == [form.key for form in FORMS]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content["answer"].pop("sizes"), "missing required field `sizes`"),
        (lambda content: content["answer"]["cheapest"].update(index=9), "the shares are not of the batch sizes"),
        (lambda content: content["answer"].update(batch_size=7), "another batch size is recommended than"),
        (lambda content: content["answer"]["design"].update(margin=2.0), "a margin of 200 %; expected"),
        (lambda content: content.update(batchmark_choice=9), "has batchmark_choice 9 and this version"),
    ],
)
def test_damage_is_one_line(change: Callable[[dict[str, Any]], object], why: str, tmp_path: Path) -> None:
    path = write_answer(tmp_path / "choice.json", choice(margin=0.1))
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(StoredFileError) as refused:
        CHOICE.read(path)
    assert why in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_curve_of_fewer_values_than_places_is_damage(tmp_path: Path) -> None:
    answer = EVERY["schedules"]()
    path = write_answer(tmp_path / "schedules.json", answer)
    content = json.loads(path.read_text())
    content["answer"]["pictures"][0]["lines"][0]["y"].pop()
    path.write_text(json.dumps(content))
    with pytest.raises(StoredFileError, match="the curve reference has not as many values as places"):
        _form_of(answer).read(path)
