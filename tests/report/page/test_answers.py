"""Answers of the laboratory on the page: what leads, what is next, curves and tables."""

from dataclasses import replace
from typing import Any

import pytest

from answers_made import EVERY, choice, quality, target
from batchmark.files.answers import StoredAnswer
from batchmark.records import Estimate
from batchmark.report.answers import page_of, pictures_of
from batchmark.report.page.answers import answer_part, title_of
from batchmark.report.page.page import page_of as whole_page
from batchmark.report.page.parts import Front, Page
from batchmark.studies.questions.stored import StoredChoice
from claims_tested import FACTS
from pages_made import comparison, results, sweep
from questions_asked import DESCRIBED


def _page(*contents: Any) -> Page:
    return whole_page(results(*contents))


def _said(front: Front) -> list[str]:
    return [line.text for line in front.lines]


def test_what_to_use_leads_the_page_with_why_and_what_to_do_next() -> None:
    front = _page(choice()).front
    assert front.title == "Use batch size 128 for blobs"
    (line,) = _said(front)
    assert line.startswith("blobs: use batch size 128 at learning rate 0.02: ")
    assert line.endswith(" of training by fit to accuracy 0.8. It takes the least time in 100 % of resamples.")
    (action,) = front.actions
    by_what = "Train blobs with batch size 128 at learning rate 0.02. Run it by compiled:xla (fit): "
    assert action.text == f"{by_what}4.02 × [3.96, 4.05] as fast as fit"


def test_a_loop_by_whose_times_another_size_is_best_is_told_with_that_size() -> None:
    stored = choice()
    assert isinstance(stored, StoredChoice)
    answer = stored.answer
    gains = tuple(replace(gain, batch_size=8) for gain in answer.gains)
    (action,) = _page(replace(stored, answer=replace(answer, gains=gains))).front.actions
    assert action.text.startswith("Train blobs with batch size 128 at learning rate 0.02. By compiled:xla")
    assert "batch size 8 at learning rate 0.005 takes least time: use that if you run it so" in action.text


def test_a_loop_that_is_hardly_faster_is_recommended_nowhere() -> None:
    stored = choice()
    assert isinstance(stored, StoredChoice)
    gains = tuple(replace(gain, speedup=Estimate(1.03, 1.02, 1.04, 0.95, 10)) for gain in stored.answer.gains)
    (action,) = _page(replace(stored, answer=replace(stored.answer, gains=gains))).front.actions
    assert action.text == "Train blobs with batch size 128 at learning rate 0.02"


def test_the_newest_choice_of_a_workload_target_and_machine_is_said_first_and_older_ones_have_parts() -> None:
    def night(day: int, worse: dict[int, float], **fields: Any) -> StoredAnswer:
        facts = {**FACTS, "node": "here"}
        return replace(choice(facts=facts, worse=worse, **fields), datetime=f"2026-11-{day:02}T03:00:00+00:00")

    old, new, other = night(1, {128: 0.04}), night(3, {}), night(2, {128: 0.04}, target=0.79)
    page = _page(old, other, new)
    assert len(page.front.lines) == len(page.front.actions) == 2
    assert [part.about.split(" · ")[1] for part in page.answers] == [f"2026-11-{day:02} 03:00 UTC" for day in (3, 2, 1)]
    assert page.front.title == title_of([("", "here", "", new)])
    assert page.front.headline.startswith("3 questions answered")
    undated = [replace(each, datetime="") for each in (old, new)]
    assert len(_page(*undated).front.actions) == 2


def test_a_choice_that_did_not_finish_or_is_of_another_backend_replaces_none() -> None:
    def night(day: int, stopped: str | None = None, **facts: Any) -> StoredAnswer:
        made = choice(stopped, facts={**FACTS, "node": "here", **facts})
        return replace(made, datetime=f"2026-11-{day:02}T03:00:00+00:00")

    assert len(_page(night(1), night(2)).front.actions) == 1
    assert len(_page(night(1), night(2, keras_backend="jax")).front.actions) == 2
    train, again = sorted(action.text for action in _page(night(1), night(2, "time is up")).front.actions)[::-1]
    assert train.startswith("Train blobs")
    assert "did not finish" in again
    assert len(_page(night(1, "time is up"), night(2)).front.actions) == 1


def test_choices_of_two_machines_name_them() -> None:
    here, there = (replace(choice(), environment={**choice().environment, "node": node}) for node in ("here", "there"))
    actions = [action.text for action in _page(here, there).front.actions]
    assert any("blobs on here with batch size" in action for action in actions)
    assert any("blobs on there with batch size" in action for action in actions)


def test_a_comparison_s_verdict_goes_before_it_and_a_sweep_after() -> None:
    page = _page(sweep(), choice(), comparison())
    assert page.front.title == "Regressed"
    assert page.front.headline == "1 comparison: 1 regressed; 1 question answered; 1 sweep of 21 cells"
    compared, chosen, swept = _said(page.front)
    assert compared.startswith("2.json")
    assert chosen.startswith("blobs: use batch size")
    assert swept.startswith("blobs on ")
    # Whether it trains as well is answered.
    assert not any("trains as well" in action.text for action in page.front.actions)


def test_where_nothing_is_recommended_that_leads() -> None:
    front = _page(choice(target=0.99)).front
    assert front.title == "No batch size is recommended for blobs"
    (action,) = front.actions
    assert action.command == "--epochs"


def test_of_several_workloads_none_leads_alone() -> None:
    other = choice(workload=replace(DESCRIBED, name="mine:workload"))
    assert _page(choice(), other).front.title == "What was measured"


def test_of_one_sweep_the_fastest_leads_and_the_choice_is_what_to_do_next() -> None:
    front = _page(sweep()).front
    assert front.title == "Batch size 128 with compiled is the fastest for blobs"
    (action,) = front.actions
    assert action.command == "batchmark choose blobs"


def test_what_did_not_finish_is_to_be_asked_again() -> None:
    front = _page(choice("interrupted by Ctrl-C")).front
    assert [action.text for action in front.actions] == [
        "Ask 0.json again, which did not finish (interrupted by Ctrl-C)"
    ]


def test_choices_come_first_then_targets_and_qualities() -> None:
    page = _page(quality(), target(), choice())
    assert [part.title.partition(" ")[0] for part in page.answers] == ["Which", "blobs", "Final"]


@pytest.mark.parametrize("name", EVERY)
def test_every_question_s_part_says_and_draws_what_its_verb_does(name: str) -> None:
    answer = EVERY[name]()
    part = answer_part(answer, "folder/it.json", anchor="answer-1", machine="here")
    told = page_of(answer)
    assert part.title == told.title
    assert part.lead[0] == told.sentence
    assert [table.caption for table in part.tables] == [each.caption for each in told.tables]
    assert [line for text in part.texts for line in text.lines] == list(told.notes)
    drawable = [
        each
        for each in pictures_of(answer)
        if any(value == value for line in each.lines for value in line.y)  # noqa: PLR0124  NaN
    ]
    assert [figure.title for figure in part.figures] == [each.title for each in drawable]
    assert part.tags.machine == ("here",)


def test_learning_curves_are_on_the_page_and_saved_under_plain_names() -> None:
    part = answer_part(choice(), "it.json", anchor="answer-1", machine="here")
    curves = next(figure for figure in part.figures if figure.title == "Learning curves by epochs")
    assert list(curves.columns.values()) == ["line", "epochs", "accuracy", "accuracy, low", "accuracy, high"]
    (rows,) = curves.spec["datasets"].values()
    assert set(curves.columns) <= set(rows)
