"""The page as people use it: filters, hover, what is saved, light and dark, a phone, print, and without a mouse."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]

_COMPARED = "Candidate against baseline, live: upgrade.json"
_SWEPT = ["digits-mlp on here", "blobs on here", "blobs on there"]


def _choose(page: Any, kind: str, value: str) -> None:
    page.locator(f"#filters select[name={kind}]").select_option(value)


def test_every_picture_is_drawn_from_a_file_without_an_error_or_a_request(reader: Open) -> None:
    someone = reader()
    assert someone.draw() == 16
    assert someone.page.title() == "Batchmark: regressed"


def test_pictures_are_drawn_when_they_come_into_view_and_not_before(reader: Open) -> None:
    someone = reader(viewport={"width": 1280, "height": 400})
    someone.page.locator("figure").first.scroll_into_view_if_needed()
    someone.page.locator("figure svg").first.wait_for()
    assert someone.page.locator("figure svg").count() < someone.page.locator("figure").count()


def test_lines_without_significance_are_hidden_until_asked_for(reader: Open) -> None:
    page = reader().page
    rows = page.locator("#comparison-1 tbody tr:visible")
    assert rows.count() == 1
    button = page.get_by_role("button", name="Show all 5, 4 of them without significance")
    button.click()
    assert rows.count() == 5
    page.get_by_role("button", name="Hide the 4 without significance").click()
    assert rows.count() == 1


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("workload", "digits-mlp", ["digits-mlp on here"]),
        ("machine", "there", ["blobs on there"]),
        ("loop", "fit", [_COMPARED, *_SWEPT]),
        ("loop", "compiled", [_COMPARED, *_SWEPT]),
        ("backend", "jax", _SWEPT),
    ],
)
def test_a_filter_leaves_what_is_chosen(reader: Open, kind: str, value: str, shown: list[str]) -> None:
    page = reader().page
    _choose(page, kind, value)
    assert sorted(page.locator(".part:visible h3").all_text_contents()) == sorted(shown)
    assert page.get_by_role("status").inner_text() == f"{len(shown)} of 4 shown"
    page.get_by_role("button", name="Show all", exact=True).click()
    assert page.locator(".part:visible").count() == 4
    assert page.get_by_role("status").inner_text() == ""


def test_a_filter_leaves_its_own_points_of_a_picture_and_lines_of_a_table(reader: Open) -> None:
    someone = reader()
    figure = "#sweep-1-1-figure-1"
    someone.draw(figure)
    points = someone.page.locator(f"{figure} .mark-symbol.role-mark path")
    assert points.count() == 21
    _choose(someone.page, "loop", "compiled")
    someone.page.locator(f"{figure} .mark-symbol.role-mark path").nth(6).wait_for()
    points.nth(7).wait_for(state="detached")
    assert points.count() == 7
    assert someone.page.locator("#sweep-1-1 .table[data-loop=fit]:visible").count() == 0


def test_what_is_of_nothing_is_said(reader: Open) -> None:
    page = reader().page
    _choose(page, "workload", "digits-mlp")
    _choose(page, "machine", "there")
    assert page.locator(".part:visible").count() == 0
    assert page.get_by_role("status").inner_text() == "Nothing is of all that was chosen"


def test_hover_tells_the_numbers(reader: Open) -> None:
    someone = reader()
    someone.draw("#sweep-1-1-figure-2")
    someone.page.locator("#sweep-1-1-figure-2 .mark-symbol.role-mark path").nth(3).hover()
    tip = someone.page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    told = " ".join(tip.inner_text().split())
    assert "batch size 33" in told
    assert "seconds per epoch" in told
    assert "[" in told
    assert "n 12" in told


def _saved(page: Any, figure: str, what: str) -> tuple[str, str]:
    with page.expect_download() as download:
        page.locator(f"{figure} button[data-save={what}]").click()
    path = download.value.path()
    return download.value.suggested_filename, path.read_text(encoding="utf-8")


def test_the_data_is_saved_as_csv_and_the_picture_as_svg(reader: Open) -> None:
    someone = reader()
    someone.draw("#sweep-1-1-figure-2")
    page = someone.page
    name, text = _saved(page, "#sweep-1-1-figure-2", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert name == "blobs-here-seconds-per-epoch.csv"
    assert list(rows[0]) == [
        *("loop", "batch_size", "seconds_per_epoch", "seconds_per_epoch_low", "seconds_per_epoch_high"),
        *("seconds_per_epoch_fitted", "n"),
    ]
    assert len(rows) == 21
    name, text = _saved(page, "#sweep-1-1-figure-2", "svg")
    assert name == "blobs-here-seconds-per-epoch.svg"
    assert text.startswith("<svg")
    assert "blobs: seconds per epoch by batch size" in text
    # As on white, whatever the page looks like.
    assert "var(--" not in text


def _colours(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        "(() => { const body = getComputedStyle(document.body); return [body.backgroundColor, body.color]; })()"
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_system_and_a_button_turns_it(reader: Open, scheme: str) -> None:
    someone = reader(color_scheme=scheme)
    light, dark = ["rgb(255, 255, 255)", "rgb(22, 25, 29)"], ["rgb(20, 23, 27)", "rgb(232, 234, 237)"]
    before, after = (light, dark) if scheme == "light" else (dark, light)
    assert _colours(someone.page) == before
    someone.page.get_by_role("button", name="Dark" if scheme == "light" else "Light").click()
    assert _colours(someone.page) == after
    someone.page.reload()
    someone.page.locator("html.ready").wait_for()
    assert _colours(someone.page) == after


def test_in_dark_the_pictures_words_are_light(reader: Open) -> None:
    someone = reader(color_scheme="dark")
    someone.draw("#sweep-1-1-figure-1")
    fill = someone.page.locator("#sweep-1-1-figure-1 svg .role-axis-label text").first.evaluate(
        "each => getComputedStyle(each).fill"
    )
    assert fill == "rgb(232, 234, 237)"
    someone.picture("dark")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_makes_the_page_itself_wider_than_the_screen(reader: Open, width: int) -> None:
    someone = reader(viewport={"width": width, "height": 780})
    someone.draw()
    someone.unfold()
    assert someone.page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        pictures = someone.page.locator("figure .drawing svg")
        wide = [each.bounding_box()["width"] for each in pictures.all()]
        assert max(wide) <= width
    someone.picture(f"wide-{width}")


def test_in_print_there_is_no_control_and_every_picture_is_dark_on_white(reader: Open) -> None:
    someone = reader(color_scheme="dark")
    # What is not in view yet is drawn for the printer.
    assert len(someone.page.pdf()) > 20_000
    assert someone.page.locator("figure svg").count() == someone.page.locator("figure:visible").count() == 16
    someone.page.emulate_media(media="print", color_scheme="dark")
    assert _colours(someone.page) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    for hidden in ("#filters", "#theme", "nav", "figure .save"):
        assert someone.page.locator(hidden).first.is_hidden()
    someone.picture("print")


def test_it_is_used_by_keyboard_alone(reader: Open) -> None:
    page = reader().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#filters select").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    summary = page.locator(".part:visible summary").first
    summary.focus()
    outline = summary.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    assert summary.evaluate("each => each.parentElement.open") is False


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(reader: Open, axe: Any, scheme: str) -> None:
    # Axe is evaluated in the page, whose policy lets nothing be.
    someone = reader(color_scheme=scheme, bypass_csp=True)
    someone.draw()
    someone.unfold()
    someone.page.evaluate("scrollTo(0, 0)")
    found = axe.run(someone.page).response["violations"]
    serious = [
        (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("width", [1280, 390])
def test_answers_are_drawn_without_an_error_and_fit_their_width(reader: Open, answers_address: str, width: int) -> None:
    someone = reader(answers_address, viewport={"width": width, "height": 900})
    assert someone.draw(".part[id^=answer] figure") >= 12
    assert someone.draw(".part[id^=claims] figure") == 5
    assert someone.page.evaluate("document.documentElement.scrollWidth") <= width
    cut_off = someone.page.evaluate(
        "[...document.querySelectorAll('figure')].filter(each => { const own = each.querySelector('.drawing'); "
        "return own.scrollWidth > own.clientWidth + 1; }).map(each => each.querySelector('strong').textContent)"
    )
    someone.picture(f"answers-{width}")
    assert cut_off == []


def test_axe_finds_nothing_serious_in_answers(reader: Open, answers_address: str, axe: Any) -> None:
    someone = reader(answers_address, bypass_csp=True)
    someone.draw(".part[id^=answer-1] figure")
    someone.unfold()
    found = axe.run(someone.page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []


def test_a_learning_curve_stays_under_a_filter_and_is_saved_as_csv(reader: Open, answers_address: str) -> None:
    someone = reader(answers_address)
    _choose(someone.page, "loop", "fit")
    someone.draw("#answer-1 figure")
    name, text = _saved(someone.page, "#answer-1-figure-3", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert name == "0-3.csv"
    assert list(rows[0]) == ["line", "epochs", "accuracy", "accuracy, low", "accuracy, high"]
    assert {row["line"] for row in rows} == {*(f"batch size {size}" for size in (8, 32, 128, 500)), "the target, 0.8"}


def test_hostile_names_inject_nothing(reader: Open, hostile_address: str) -> None:
    someone = reader(hostile_address)
    assert someone.draw() > 0
    assert someone.page.locator("img").count() == 0
    assert someone.page.locator("h3", has_text="onerror=alert(1)").count() == 3
    someone.page.locator("#comparison-1-figure-1 .mark-symbol.role-mark path").first.hover()
    tip = someone.page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert "<img src=x onerror=alert(1)>" in tip.inner_text()
    assert tip.locator("img").count() == 0


def test_without_scripts_every_number_is_there(reader: Open, browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#comparison-1 tbody tr:visible").count() == 5
    assert page.locator("noscript").inner_text().startswith("Pictures and filters need scripts")
    assert page.locator("#filters").is_hidden()
    context.close()


def test_the_history_is_drawn_told_filtered_and_saved(reader: Open, history_address: str, axe: Any) -> None:
    # Axe is evaluated in the page, whose policy lets nothing be.
    someone = reader(history_address, bypass_csp=True)
    page = someone.page
    assert someone.draw("#history figure") == 5
    page.locator("#history-1-figure-1 .mark-symbol.role-mark path").last.hover()
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    told = " ".join(tip.inner_text().split())
    assert "loop fit@jax" in told
    assert "stored 2026-01-07" in told
    assert " ms" in told
    assert "versions Keras 3.12.0" in told
    name, text = _saved(page, "#history-1-figure-1", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert name == "blobs-here-over-time.csv"
    assert len(rows) == 7 * 3
    assert rows[0]["stored_utc"] == "2026-01-01T03:04:05Z"
    assert "file" in rows[0]
    name, text = _saved(page, "#releases-1-figure-1", "svg")
    assert name == "Blobs-two-core-vm-main-by-release.svg"
    assert "v2.21.0" in text
    found = axe.run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    _choose(page, "loop", "compiled")
    _, text = _saved(page, "#history-1-figure-1", "csv")
    assert {row["loop"] for row in csv.DictReader(io.StringIO(text))} == {"compiled"}
    _choose(page, "machine", "here")
    assert page.locator("#releases-1").is_hidden()
