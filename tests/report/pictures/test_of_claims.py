"""The pictures of claims: curves with intervals, and forest plots where there are none."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchmark.records import Estimate
from batchmark.report.pictures.claim_curves import draw_claim_curves, points
from batchmark.report.pictures.claim_forest import draw_claim_forest, rows
from batchmark.report.pictures.of_claims import draw_claims
from batchmark.studies.claims.claim import Answer, Condition, Finding, Line, Picture
from batchmark.studies.claims.study import Outcome
from claims_tested import CURVES, HOSTILE, REACHING, claim_of, estimate_of, finding_of, outcomes_of
from svg import number_of_marks, texts_of


def _curves(picture: Picture) -> dict[str, Any]:
    chart = draw_claim_curves(picture, "a title", ["below it"])
    assert chart is not None
    spec: dict[str, Any] = chart.to_dict()
    return spec


def _forest(conditions: Sequence[Condition]) -> dict[str, Any]:
    chart = draw_claim_forest(finding_of(conditions=tuple(conditions)), "a title", [])
    assert chart is not None
    spec: dict[str, Any] = chart.to_dict()
    return spec


def _values(panel: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = panel["layer"][-1]["data"]["values"]
    return found


def test_every_point_of_every_line_is_drawn_with_its_interval() -> None:
    found = points(CURVES)
    assert [(each["line"], each["x"], each["y"]) for each in found[:3]] == [
        ("fixed", 8.0, 0.80),
        ("fixed", 32.0, 0.81),
        ("fixed", 128.0, 0.82),
    ]
    assert [(each["low"], each["high"]) for each in found[:3]] == [(0.79, 0.81), (0.80, 0.82), (0.81, 0.83)]


def test_an_infinite_interval_reaches_as_far_as_the_picture_and_no_number_is_a_gap() -> None:
    first, second, third = points(CURVES)[3:]
    assert (first["low"], first["high"]) == (0.79, 0.83)
    assert (second["y"], second["low"], second["high"]) == (None, None, None)
    assert (third["low"], third["high"]) == (0.81, 0.83)
    assert "NaN" not in str(_curves(CURVES))


def test_what_is_not_above_0_has_no_place_on_a_logarithmic_axis() -> None:
    line = Line("loss", (0.0, 1.0, 2.0), (1.0, 0.0, 0.5), (0.5, -1.0, -math.inf), (2.0, 0.1, math.inf))
    picture = Picture("x", "steps", "loss", (line,), x_is_logarithmic=True, y_is_logarithmic=True)
    assert [(each["x"], each["y"], each["low"], each["high"]) for each in points(picture)] == [
        (1.0, None, 0.1, 0.1),
        (2.0, 0.5, 0.1, 2.0),
    ]


def test_batch_sizes_are_their_own_tick_marks_and_other_places_are_not() -> None:
    x = _curves(CURVES)["layer"][0]["encoding"]["x"]
    assert x["axis"]["values"] == [8, 32, 128]
    assert x["scale"]["type"] == "log"
    x = _curves(replace(CURVES, x="epoch", x_is_logarithmic=False))["layer"][0]["encoding"]["x"]
    assert "values" not in x["axis"]
    assert x["axis"]["title"] == "epoch"


def test_many_points_are_a_curve_and_few_are_places() -> None:
    long = Line("loss", tuple(map(float, range(200))), (0.5,) * 200)
    curve, places = _curves(Picture("x", "epoch", "loss", (long,))), _curves(CURVES)
    assert [each["mark"]["type"] for each in curve["layer"]] == ["area", "line"]
    assert [each["mark"]["type"] for each in places["layer"]] == ["rule", "line", "point"]


def test_lines_beyond_the_colours_are_told_apart_by_dashes() -> None:
    lines = tuple(Line(str(number), (1.0, 2.0), (float(number), 1.0)) for number in range(10))
    dashes = _curves(Picture("x", "epoch", "loss", lines))["layer"][1]["encoding"]["strokeDash"]["scale"]
    colours = _curves(Picture("x", "epoch", "loss", lines))["layer"][1]["encoding"]["color"]["scale"]
    looks = {(str(dash), colour) for dash, colour in zip(dashes["range"], colours["range"], strict=True)}
    assert len(looks) == len(dashes["domain"]) == 10


@pytest.mark.parametrize("line", [Line("x", (), ()), Line("x", (1.0,), (math.nan,)), Line("x", (1.0,), (-1.0,))])
def test_a_picture_without_a_point_is_not_drawn(line: Line) -> None:
    assert draw_claim_curves(Picture("x", "x", "y", (line,), y_is_logarithmic=True), "title", []) is None


def test_a_forest_has_a_panel_for_each_unit_of_what_is_judged() -> None:
    spec = _forest(REACHING)
    # Reported numbers are of other scales: in the text.
    (ratios, plain) = spec["vconcat"]
    assert ratios["layer"][-1]["encoding"]["x"]["axis"]["title"] == "ratio"
    assert plain["layer"][-1]["encoding"]["x"]["axis"]["title"] == "effect"
    # An infinite ratio has an interval that begins somewhere.
    assert [(each["value"], each["low"]) for each in _values(ratios)] == [(2.5, 1.9), (None, 3.4)]
    assert [each["goes_on_high"] for each in _values(ratios)] == [True, True]


def test_a_forest_of_what_is_not_judged_shows_all() -> None:
    reported = [replace(each, answer=None) for each in REACHING]
    units = [panel["layer"][-1]["encoding"]["x"]["axis"]["title"] for panel in _forest(reported)["vconcat"]]
    assert units == ["ratio", "effect, nats", "effect", "effect, s", "effect, bytes"]


def test_an_interval_that_goes_on_is_cut_and_marked() -> None:
    found = rows(
        [Condition("x", Estimate(2.5, 1.9, math.inf, 0.95, 9), "×"), Condition("y", estimate_of(2.0))], (1.0, 3.0)
    )
    assert (found[0]["low"], found[0]["high"]) == (1.9, 3.0)
    assert (found[0]["goes_on_low"], found[0]["goes_on_high"]) == (False, True)
    assert (found[1]["goes_on_low"], found[1]["goes_on_high"]) == (False, False)


def test_an_end_that_is_not_known_is_no_interval() -> None:
    (found,) = rows([Condition("x", Estimate(2.5, 1.9, math.nan, 0.95, 9))], (1.0, 3.0))
    assert (found["low"], found["high"], found["goes_on_low"], found["goes_on_high"]) == (None, None, False, False)


def test_the_axis_holds_every_finite_end_and_no_effect() -> None:
    conditions = [Condition("x", estimate_of(0.5, 0.1), "", Answer.CONFIRMED)]
    low, high = _forest(conditions)["vconcat"][0]["layer"][-1]["encoding"]["x"]["scale"]["domain"]
    assert low < 0.0
    assert high > 0.6


def test_ratios_of_all_sizes_are_logarithmic_and_small_ones_are_not() -> None:
    def kind(value: float) -> str:
        spec = _forest([Condition("x", estimate_of(value, 0.01), "×", Answer.CONFIRMED)])
        found: str = spec["vconcat"][0]["layer"][-1]["encoding"]["x"]["scale"]["type"]
        return found

    assert (kind(28.6), kind(0.1), kind(1.02)) == ("log", "log", "linear")


def test_nothing_that_is_a_number_is_no_forest() -> None:
    for conditions in ((), (REACHING[5],), (Condition("x", Estimate(math.inf, None, None, 0.95, 9)),)):
        assert draw_claim_forest(finding_of(conditions=conditions), "title", []) is None


def test_claims_are_drawn_as_files_that_say_what_they_rest_on(tmp_path: Path) -> None:
    outcomes = outcomes_of(
        Outcome(claim_of(3), finding_of(pictures=(CURVES, replace(CURVES, title="Accuracy, equal updates")))),
        Outcome(claim_of(12, sentence=HOSTILE), _hostile()),
        Outcome(claim_of(20), finding_of(conditions=())),
        Outcome(claim_of(21), why="the budget was spent before it"),
    )
    drawn = draw_claims(outcomes, tmp_path / "figures")
    assert [(each.claim, [path.name for path in each.paths]) for each in drawn] == [
        (3, ["claim-3-1.svg", "claim-3-1.png"]),
        (3, ["claim-3-2.svg", "claim-3-2.png"]),
        (12, ["claim-12.svg", "claim-12.png"]),
    ]
    curves, forest = (texts_of(drawn[at].paths[0]) for at in (0, 2))
    assert "Claim 3: Accuracy, equal epochs" in curves
    assert {"fixed", "tuned"} <= set(curves)
    # Lines of a subtitle are one text.
    assert any("blobs; n = 100" in text for text in curves)
    assert any("TensorFlow 2.21.0" in text for text in curves)
    assert number_of_marks(drawn[0].paths[0], "line") == 2
    assert any(text.startswith("A | wide *claim* <b>of</b>") for text in forest)
    assert {"confirmed", "refuted"} <= set(forest)
    # Two points, and an arrow where an interval goes on.
    assert number_of_marks(drawn[2].paths[0], "symbol") == 3


def _hostile() -> Finding:
    return finding_of(
        conditions=(
            Condition(HOSTILE, Estimate(0.5, -math.inf, 0.6, 0.95, 9), "", Answer.CONFIRMED),
            Condition('it\'s "quoted" \\ and ${more}', estimate_of(0.1), "", Answer.REFUTED),
        )
    )
