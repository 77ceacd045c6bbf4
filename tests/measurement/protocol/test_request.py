"""What a request is, and what answers requests."""

from dataclasses import dataclass

import pytest

from batchmark.measurement.protocol.request import Answering, Request


@dataclass(frozen=True)
class _Add(Request[int], name="add"):
    left: int
    right: int


@dataclass(frozen=True)
class _Ask(Request[str | None], name="ask"):
    pass


class _First(Answering):
    @_Add.answered_by
    def add(self, request: _Add) -> int:
        return request.left + request.right


class _Second(_First):
    @_Add.answered_by
    def add(self, request: _Add) -> int:
        return -super().add(request)

    @_Ask.answered_by
    def ask(self, _request: _Ask) -> None:
        return None


def test_a_request_knows_its_name_and_what_it_is_answered_with() -> None:
    assert (_Add.name, _Add.answer_type) == ("add", int)
    assert (_Ask.name, _Ask.answer_type) == ("ask", str | None)


def test_each_request_is_answered_by_the_method_that_is_marked_for_it() -> None:
    assert _First().answer(_Add(1, 2)) == 3
    assert _First.answered() == {_Add}


def test_a_class_answers_what_the_one_it_comes_from_does_unless_it_has_another_method() -> None:
    assert _Second.answered() == {_Add, _Ask}
    assert _Second().answer(_Add(1, 2)) == -3
    assert _Second().answer(_Ask()) is None


def test_a_marked_method_is_a_method_as_any() -> None:
    assert _First().add(_Add(3, 4)) == 7


def test_a_request_that_says_not_what_it_is_answered_with_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="expected 1"):
        type("_Untold", (Request,), {"__orig_bases__": (Request,)}, name="untold")
