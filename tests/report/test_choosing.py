"""What is said of a choice whose target not every seed reaches."""

from dataclasses import replace

from answers_made import choice
from batchmark.report.choosing import choice_lines, choice_sentence, render_choice, say_never
from batchmark.studies.questions.choosing import Choice
from batchmark.studies.questions.stored import StoredChoice


def _choice(never: dict[int, int]) -> Choice:
    """Return a choice of 128 in which so many seeds never get there, by batch size."""
    stored = choice()
    assert isinstance(stored, StoredChoice)
    answer = stored.answer.answer
    sizes = tuple(replace(at, never=never.get(at.batch_size, 0)) for at in answer.sizes)
    return replace(stored.answer, answer=replace(answer, sizes=sizes))


def test_seeds_that_never_get_there_are_said_with_what_to_use_and_where_all_do() -> None:
    found = _choice({128: 4, 500: 2})
    n = found.answer.sizes[0].updates.n
    assert choice_sentence(found).endswith(f"to accuracy 0.8; 4 of {n} seeds do not get there within 80 epochs.")
    took = {at.batch_size: at.seconds.value for at in found.answer.sizes if at.seconds and not at.never}
    soonest = min(took, key=lambda size: took[size])
    (line,) = [line for line in choice_lines(found) if "where that is so" in line]
    assert line.startswith(f"At {soonest} all of {n} seeds get there, in ")
    assert f" 4 of {n} " in render_choice(found, {})
    assert say_never(_choice({128: 1}), 128) == f"; 1 of {n} seeds does not get there within 80 epochs"


def test_sizes_of_fewer_seeds_are_not_told_to_get_all_of_them_there() -> None:
    found = _choice({128: 1})
    more = tuple(
        replace(at, updates=replace(at.updates, n=160)) if at.batch_size == 128 else at for at in found.answer.sizes
    )
    told = choice_lines(replace(found, answer=replace(found.answer, sizes=more)))
    assert "At no batch size all of as many seeds, 160, are known to get there." in told


def test_the_other_size_that_a_faster_loop_would_use_tells_them_too() -> None:
    found = _choice({8: 3})
    gains = tuple(replace(gain, batch_size=8) for gain in found.gains)
    (line,) = [line for line in choice_lines(replace(found, gains=gains)) if "use that if you run it so" in line]
    assert "3 of" in line


def test_where_no_size_gets_all_seeds_there_it_is_said() -> None:
    found = _choice(dict.fromkeys((8, 32, 128, 500), 1))
    assert any(line.startswith("At no batch size all of as many seeds") for line in choice_lines(found))


def test_where_all_seeds_get_there_nothing_is_said_of_it() -> None:
    for found in (_choice({}), _choice({500: 3})):
        assert choice_sentence(found).endswith("to accuracy 0.8.")
        assert not any("get there" in line for line in choice_lines(found))
