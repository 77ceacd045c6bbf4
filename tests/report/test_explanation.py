"""Why it is slower, in about ten lines, and as flame graphs."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

from batchmark.comparison import ProfiledCell, Verdict
from batchmark.profiles import Phase, Profile
from batchmark.report.comparison_junit import render_comparison_as_junit
from batchmark.report.comparison_markdown import render_comparison_as_markdown
from batchmark.report.explanation import render_explanation
from batchmark.report.speedscope import render_as_speedscope
from compared import comparison_of
from profiles_made import profile

FIT = "keras.trainer:fit"
BASELINE = profile(
    {
        Phase.BETWEEN_EPOCHS: {(FIT, "keras.callbacks:on_epoch_end"): 0.001},
        Phase.OPERATIONS: {(FIT, "tensorflow.eager:execute"): 0.010},
    },
    called={"keras.trainer:step": 1600},
    packages={"keras": "3.6.0", "tensorflow": "2.18.1"},
)
CANDIDATE = profile(
    {
        Phase.BETWEEN_EPOCHS: {
            (FIT, "keras.callbacks:on_epoch_end"): 0.001,
            (FIT, "keras.iterator:reset", "tensorflow.data:make", "tensorflow.eager:execute"): 0.0102,
        },
        Phase.OPERATIONS: {(FIT, "tensorflow.eager:execute"): 0.010},
    },
    called={"keras.trainer:step": 1600, "keras.iterator:reset": 31},
    packages={"keras": "3.9.0", "tensorflow": "2.18.1"},
)
CELL = ProfiledCell("blobs", 128, "fit", BASELINE, CANDIDATE)


def test_the_phases_the_culprit_and_the_package_stand_within_ten_lines() -> None:
    text = render_explanation(CELL)
    assert len(text.splitlines()) <= 12
    words = " ".join(text.split())
    assert "between epochs 1.00 ms 11.2 ms +10.2 ms" in words
    assert (
        "+10.2 ms between epochs: make (tensorflow.data, line 10), called by reset (keras.iterator, line 10)" in words
    )
    assert "1,600 → 1,631" in words
    assert "keras 3.6.0 → 3.9.0" in words
    assert "tensorflow 2.18.1" not in words, "it is alike on both sides"


def test_no_line_is_wider_than_a_terminal() -> None:
    assert max(map(len, render_explanation(CELL).splitlines())) <= 79


def test_two_alike_say_so() -> None:
    words = " ".join(render_explanation(ProfiledCell("blobs", 128, "fit", BASELINE, BASELINE)).split())
    assert "No phase takes longer at the candidate." in words
    assert "Packages seen that changed: none." in words


def test_flame_graphs_are_a_pair_of_one_set_of_frames() -> None:
    content = json.loads(render_as_speedscope([CELL]))
    assert content["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    baseline, candidate = content["profiles"]
    frames = [each["name"] for each in content["shared"]["frames"]]
    assert baseline["name"] == "blobs-128-fit, baseline"
    assert baseline["endValue"] == sum(baseline["weights"])
    named = [[frames[index] for index in stack] for stack in candidate["samples"]]
    assert ["fit", "reset", "make", "execute"] in named
    assert len(frames) == len(set(frames)) == 5
    assert all(len(each["samples"]) == len(each["weights"]) for each in content["profiles"])


def test_what_was_not_seen_is_said_and_not_taken_for_nothing() -> None:
    blind = replace(profile({}), seconds_per_epoch=0.4, missing=("operations: RuntimeError: no profiler",))
    words = " ".join(render_explanation(ProfiledCell("mine", 32, "fit", BASELINE, blind)).split())
    assert "in all 11.0 ms 400 ms +389 ms" in words
    assert "No phase takes longer" not in words
    assert "between epochs" not in words
    assert "Not seen: phases at the candidate: its fit has no loop" in words
    assert "Not seen: operations at the candidate: RuntimeError: no profiler." in words
    assert "Function calls" not in words


def test_it_stands_in_markdown_and_junit_whatever_its_functions_are_called() -> None:
    hostile = profile({Phase.PYTHON: {("mine:\x00", "mine:```</details><script>"): 1.0}})
    comparison = comparison_of([], profiles=(ProfiledCell("blobs", 128, "fit", BASELINE, hostile),))
    text = render_comparison_as_markdown(comparison)
    fence = "`" * 4
    assert text.count(f"\n{fence}") == 2
    assert "```</details>" in text.split(fence)[1]
    (told,) = ET.fromstring(render_comparison_as_junit(comparison)).iter("system-out")  # noqa: S314  it is ours
    assert "Where an epoch of blobs-128-fit goes" in (told.text or "")


def test_a_side_that_is_not_slower_by_the_clock_is_explained_with_a_doubt() -> None:
    words = " ".join(render_explanation(replace(CELL, verdict=Verdict.UNCHANGED)).split())
    assert "By the clock its epochs are unchanged: what follows may be the difference of two processes" in words
    assert "By the clock" not in render_explanation(replace(CELL, verdict=Verdict.REGRESSED))


def test_waiting_that_no_stack_shows_is_not_left_for_operations() -> None:
    def side(seconds: float, kind: str) -> Profile:
        return profile({Phase.OPERATIONS: {(FIT, "tensorflow.eager:execute"): seconds}}, operations={kind: seconds})

    for kind, is_said in (("IteratorGetNextAsOptional", True), ("MatMul", False)):
        text = render_explanation(ProfiledCell("mine", 32, "fit", side(0.03, kind), side(0.2, kind)))
        assert ("waiting for data is among the operations" in " ".join(text.split())) is is_said


def test_growth_that_is_spread_names_where_it_went() -> None:
    def side(each: float) -> Profile:
        return profile({Phase.PYTHON: {("mine:fit", f"mine:{name}"): each for name in "abc"}})

    words = " ".join(render_explanation(ProfiledCell("mine", 32, "fit", side(1.0), side(2.0))).split())
    assert "+3.00 s Python per step: fit (mine, line 10), +1.00 s in a, +1.00 s in b and +1.00 s in c." in words
