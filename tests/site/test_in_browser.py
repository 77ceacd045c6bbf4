"""The published site in a real browser. Each visitor also fails on script errors and failed requests (conftest)."""

import datetime as dt
import re
from typing import Any
from xml.etree import ElementTree as ET

GRAPH = "#workloads.Blobs.track_seconds_per_epoch"
CANVAS = "#main-graph canvas"
ROWS = "#regression-div-0 tbody tr"
ATOM = "{http://www.w3.org/2005/Atom}"
# the graph that is shown knows its lines
LINES = "$('#main-graph').data('plot').getData()"


def test_the_first_page_shows_a_plot_of_every_benchmark_that_leads_to_its_graph(published: Any, visitor: Any) -> None:
    visitor.open("", ".benchmark-container canvas")
    benchmarks = published.read("index.json")["benchmarks"]
    visitor.until("count => $('.benchmark-plot canvas.flot-base').length === count", len(benchmarks))
    visitor.picture("grid")
    visitor.page.locator(".benchmark-container", has_text="Blobs.track_seconds_per_epoch").click()
    visitor.page.locator(CANVAS).first.wait_for()
    assert visitor.page.locator("#title").inner_text() == "workloads.Blobs.track_seconds_per_epoch"


def test_a_graph_names_every_release_above_its_place(published: Any, visitor: Any) -> None:
    visitor.open(GRAPH, CANVAS)
    visitor.picture("graph")
    labels = visitor.page.evaluate(
        "$('#main-graph > div').filter((_, e) => e.style.top === '-2ex').get()"
        ".map(e => [e.textContent, parseFloat(e.style.left)])"
    )
    ordered = [tag for tag, left in sorted(labels, key=lambda label: label[1]) if tag.startswith("v")]
    assert ordered == published.planted["tags_of"]["main"]


def test_a_point_of_a_graph_says_its_value_and_its_release(visitor: Any) -> None:
    visitor.open(f"{GRAPH}?p-loop='fit'&p-batch_size=16", CANVAS)
    point = visitor.page.evaluate(
        """() => {
            const plot = $('#main-graph').data('plot');
            const [x, y] = plot.getData()[0].data.find(point => $.asv.get_commit_hash(point[0]) === 'v2.16.2');
            const at = plot.pointOffset({x: x, y: y}), corner = $('#main-graph').offset();
            return [corner.left + at.left, corner.top + at.top];
        }"""
    )
    visitor.page.mouse.move(*point)
    tooltip = visitor.page.locator(".tooltip-inner")
    tooltip.wait_for()
    assert re.fullmatch(r"[\d.]+ms @ v2\.16\.2", tooltip.inner_text())


def test_loop_and_batch_size_are_chosen_by_their_buttons(visitor: Any) -> None:
    visitor.open(GRAPH, CANVAS)
    assert len(visitor.legend()) == 8
    visitor.press("loop", "compiled")
    # asv draws up to eight lines unasked: with one loop less, all five batch sizes
    visitor.until(f"() => {LINES}.length === 5")
    visitor.press("batch_size", "16")
    visitor.until(f"() => {LINES}.length === 4")
    visitor.picture("graph-chosen")
    assert visitor.legend() == [f"batch_size-{size}; loop-fit" for size in (31, 32, 33, 64)]


def test_a_choice_is_kept_in_the_address(visitor: Any) -> None:
    visitor.open(f"{GRAPH}?p-loop='compiled'&p-batch_size=31&p-batch_size=32&p-batch_size=33", CANVAS)
    assert visitor.legend() == [f"batch_size-{size}; loop-compiled" for size in (31, 32, 33)]


def test_with_batch_sizes_on_the_x_axis_a_release_is_chosen_by_its_tag(visitor: Any) -> None:
    visitor.open(f"{GRAPH}?p-loop='fit'", CANVAS)
    visitor.press("x-axis", "batch_size")
    visitor.until("() => $('#main-graph .legendLabel').text().includes('commit-last')")
    visitor.press("commit", "v2.16.2")
    visitor.press("commit", "v2.15.1")
    visitor.until(f"() => {LINES}.length === 3")
    visitor.picture("graph-batch-sizes")
    assert visitor.legend() == [f"commit-{release}; loop-fit" for release in ("last", "v2.15.1", "v2.16.2")]
    assert visitor.page.evaluate(f"{LINES}[0].data.map(point => point[0])") == [16, 31, 32, 33, 64]


def test_the_releases_of_keras_are_a_line_of_their_own(published: Any, visitor: Any) -> None:
    visitor.open(f"{GRAPH}?branch=keras&p-loop='fit'&p-batch_size=32", CANVAS)
    visitor.picture("graph-keras")
    shown = visitor.page.evaluate(f"{LINES}[0].data.map(point => $.asv.get_commit_hash(point[0]))")
    assert shown == published.planted["tags_of"]["keras"]


def test_the_grid_draws_the_releases_of_the_first_branch_alone(published: Any) -> None:
    releases = published.read("graphs/summary/workloads.Blobs.track_seconds_per_epoch.json")
    assert len(releases) == len(published.planted["tags_of"]["main"])


def test_the_list_says_each_value_with_its_spread_and_sorts(visitor: Any) -> None:
    visitor.open("#/summarylist", "#summarylist-body table")
    values = visitor.page.locator("#summarylist-body td.value span")
    told = [value.get_attribute("data-original-title") for value in values.all()]
    assert len(told) == 124
    assert all(re.fullmatch(r"\S+( \S+)* ± \d+%", value) for value in told), told
    visitor.page.get_by_text("Recent change").click()
    visitor.page.get_by_text("Recent change").click()
    first = visitor.page.locator("#summarylist-body tbody tr").first
    visitor.until("() => $('#summarylist-body thead th').eq(2).hasClass('desc')")
    visitor.picture("list")
    assert re.match(r"\+1\d\.\d%", first.locator("td.change").inner_text())
    assert first.locator("td.change-date").inner_text() == "2024-06-28 v2.16.2"


def test_the_regressions_are_those_planted_at_their_release(published: Any, visitor: Any) -> None:
    planted = published.planted
    visitor.open("#/regressions", ROWS)
    visitor.picture("regressions")
    rows = [row.locator("td").all_inner_texts() for row in visitor.page.locator(ROWS).all()]
    assert {row[2] for row in rows} == {planted["release"]}
    # seconds per epoch and per step at five batch sizes each, and the curve's two coefficients
    assert len(rows) == 12
    assert {row[0].split(".")[1] for row in rows} == {planted["class"]}
    assert all(f"('{planted['loop']}'" in row[0] for row in rows)
    assert all(1.07 <= float(row[3].rstrip("x")) <= 1.13 for row in rows), rows


def test_no_regression_is_named_where_none_was_planted(visitor: Any) -> None:
    visitor.open("#/regressions?branch=keras", "#regression-div-1 table")
    assert visitor.page.locator("#regression-div-1 tbody tr").count() == 0


def test_a_regression_leads_to_its_graph(published: Any, visitor: Any) -> None:
    release = published.planted["release"]
    visitor.open("#/regressions", ROWS)
    link = visitor.page.locator(ROWS, has_text="track_seconds_per_epoch('fit', 32)").locator("a").first
    link.hover()
    # asv draws a preview beside the link; leaving before it is drawn is a script error of asv's own
    visitor.page.locator(".popover canvas.flot-base").wait_for()
    link.click()
    visitor.page.locator(CANVAS).first.wait_for()
    assert f"commits={release}" in visitor.page.url
    highlighted = visitor.page.evaluate(
        "$('#main-graph').data('plot').getOptions().grid.markings.filter(m => m.color === '#d00')"
        ".map(m => $.asv.get_commit_hash(m.xaxis.from))"
    )
    assert highlighted == [release]


def test_a_regression_leads_to_its_release(published: Any, visitor: Any) -> None:
    release = published.planted["release"]
    visitor.open("#/regressions", ROWS)
    visitor.page.locator(ROWS).first.get_by_text(release, exact=True).click()
    visitor.page.locator("tr:target").wait_for()
    visitor.picture("releases")
    assert visitor.page.locator("tr:target td").all_inner_texts()[:3] == [release, "main", "2024-06-28"]


def test_the_feed_names_each_regression_and_leads_to_its_graph(published: Any, visitor: Any) -> None:
    planted = published.planted
    feed = ET.parse(published.site / "regressions.xml").getroot()  # noqa: S314  # our own file
    entries = feed.findall(f"{ATOM}entry")
    assert feed.tag == f"{ATOM}feed"
    assert len(entries) == len({entry.findtext(f"{ATOM}id") for entry in entries}) == 12
    for entry in entries:
        assert dt.datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "").date() == dt.date(2024, 6, 29)
        assert f'href="releases.html#{planted["commit"]}"' in (entry.findtext(f"{ATOM}content") or "")
    links = [entry.find(f"{ATOM}link") for entry in entries]
    addresses = [link.get("href", "") for link in links if link is not None]
    link = next(address for address in addresses if "seconds_per_epoch" in address)
    assert link.startswith("index.html#workloads.Blobs.track_seconds_per_epoch?")
    visitor.open(link, CANVAS)
    assert len(visitor.legend()) == 1
    visitor.open(f"releases.html#{planted['commit']}", "td:target")
    assert planted["release"] in visitor.page.locator("tr", has=visitor.page.locator("td:target")).inner_text()


def test_a_site_opened_from_disk_says_that_it_could_not_load(published: Any, browser: Any) -> None:
    page = browser.new_page()
    page.goto((published.site / "index.html").as_uri())
    page.locator("#error-message", has_text="Error fetching content").wait_for()
    page.close()
