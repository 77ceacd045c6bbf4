"""What is told as a part of something larger."""

import pytest

from batchmark.progress import in_words, within


def test_a_part_says_what_it_is_a_part_of() -> None:
    told: list[tuple[str, float, float, str]] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        told.append((phase, done, of, detail))

    larger = within(tell, phase="pass 1", before="here, ")
    within(larger, phase=" (2 of 3): ", after=", so far")(phase="turns", done=1, of=4, detail="a cell")
    assert told == [("pass 1 (2 of 3): turns", 1, 4, "here, a cell, so far")]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.0, "59 s"), (60.0, "1 min"), (3590.0, "60 min"), (7500.0, "2 h 5 min")]
)
def test_what_is_left_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert in_words(seconds) == text
