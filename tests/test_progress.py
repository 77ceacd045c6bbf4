"""What is told as a part of something larger."""

from batchmark.progress import within


def test_a_part_says_what_it_is_a_part_of() -> None:
    told: list[tuple[str, float, float, str]] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        told.append((phase, done, of, detail))

    larger = within(tell, phase="pass 1", before="here, ")
    within(larger, phase=" (2 of 3): ", after=", so far")(phase="turns", done=1, of=4, detail="a cell")
    assert told == [("pass 1 (2 of 3): turns", 1, 4, "here, a cell, so far")]
