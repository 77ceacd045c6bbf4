"""The page as text: what it says and in which order, what it is made of, and that no name in it runs."""

import base64
import hashlib
import json
import re
from functools import partial
from html.parser import HTMLParser
from typing import Any

import pytest

from batchmark.files.claims import CLAIMS
from batchmark.files.results import Passed, Results
from batchmark.report.page import page as whole_page
from batchmark.report.page.rendering import in_a_script, render_page
from batchmark.studies.stored.shown import shown
from pages_made import HOSTILE, comparison, hostile, results, sweep
from repository import ROOT

_VOID = {"meta", "br", "img", "input", "link"}
_CLOSED_BY_OTHERS = {"td", "th", "tr"}


class _Read(HTMLParser):
    """A page's elements, with their attributes and text, and what is open where it shouldn't be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID | _CLOSED_BY_OTHERS:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _CLOSED_BY_OTHERS:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> list[Any]:
        return [json.loads(text) for attributes, text in self.scripts if attributes.get("type") == "application/json"]


@pytest.fixture(scope="module")
def whole() -> str:
    return render_page(results(comparison(), sweep(("blobs", "digits-mlp"))))


@pytest.fixture(scope="module")
def read(whole: str) -> _Read:
    return _Read(whole)


def test_every_element_is_closed_and_every_name_is_given_once(read: _Read) -> None:
    assert read.open == []
    names = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(names) == len(set(names))
    links = {attributes["href"] for attributes in read.of("a")}
    assert {link.removeprefix("#") for link in links if link} <= set(names)
    labelled = {attributes["aria-labelledby"] for _, attributes in read.elements if "aria-labelledby" in attributes}
    assert labelled <= set(names)


def test_the_verdict_is_first_then_what_to_do_next_then_the_figures(read: _Read) -> None:
    # Behind the contents, which name them too.
    text = read.text.partition("About")[2]
    order = ["Regressed", "1 comparison: 1 regressed; 1 sweep of 42 cells", "What to do next", "Comparisons", "Sweeps"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert [tag for tag, _ in read.elements if tag in {"h1", "h2"}][:2] == ["h1", "h2"]


def test_the_next_action_says_what_to_type(read: _Read) -> None:
    assert "Read why 0.json regressed" in read.text
    assert "To settle 0.json: about 12 restarts, for blobs-32-fit seconds_per_epoch" in read.text
    assert "batchmark choose digits-mlp" in read.text


def test_the_why_stands_in_the_page(read: _Read) -> None:
    assert "+10.0 ms between epochs: end (keras.callbacks, line 10)" in read.text


def test_lines_without_significance_are_marked_and_counted(whole: str) -> None:
    assert whole.count('class="hush"') == 4
    assert "Show all 5, 4 of them without significance" in whole


def test_every_picture_has_its_words_and_its_data(read: _Read) -> None:
    figures = [each for each in read.data if "spec" in each]
    titles = [each["spec"]["title"]["text"] for each in figures]
    assert titles[:2] == ["What was judged: effects with their intervals", "blobs: throughput by batch size"]
    assert sum(title.startswith("blobs: ") for title in titles) == 5
    assert {each["file"] for each in figures} >= {"blobs-1-memory", "blobs-1-powers-of-two", "digits-mlp-1-first-epoch"}
    for figure in figures:
        fields = {field for rows in figure["spec"]["datasets"].values() for field in rows}
        assert set(figure["columns"]) <= fields
        assert "values" not in json.dumps(figure["spec"]["datasets"])
    assert len(read.of("figure")) == len(figures)


def test_every_picture_names_hardware_versions_and_n(read: _Read) -> None:
    for figure in (each["spec"] for each in read.data if "spec" in each):
        said = " ".join(figure["title"]["subtitle"])
        assert "2 cores" in said
        assert "TensorFlow 2.20.0" in said
        assert re.search(r"\d+ turns|restarts a side|once a cell|one process a cell|ratio of seconds", said), said


def test_what_can_be_chosen_is_what_there_is(read: _Read) -> None:
    assert [each["name"] for each in read.of("select")] == ["workload", "loop", "backend", "machine"]
    options = [each["value"] for each in read.of("option")]
    assert {"blobs", "digits-mlp", "fit", "compiled", "tensorflow", "jax", "here"} <= set(options)


def test_tables_have_captions_and_headings(read: _Read) -> None:
    assert len(read.of("caption")) == len(read.of("table")) > 5
    assert all(each["scope"] == "col" for each in read.of("th"))


def test_the_policy_lets_the_pages_own_scripts_run_and_nothing_else(read: _Read) -> None:
    (policy,) = (each["content"] for each in read.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    scripts = [text for attributes, text in read.scripts if attributes.get("type") != "application/json"]
    assert len(scripts) == 3
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_nothing_is_asked_for_from_anywhere(read: _Read) -> None:
    for tag, attributes in read.elements:
        assert not {"src", "srcset", "data", "action", "background"} & attributes.keys(), tag
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert (attributes.get("href") or "#").startswith("#")


def test_the_same_results_give_the_same_page(whole: str) -> None:
    assert render_page(results(comparison(), sweep(("blobs", "digits-mlp")))) == whole


def test_hostile_names_are_text_everywhere() -> None:
    page = render_page(hostile())
    read = _Read(page)
    assert read.open == []
    assert read.of("img") == []
    assert not [attributes for _, attributes in read.elements if any(name.startswith("on") for name in attributes)]
    assert HOSTILE not in page
    # It is said all the same.
    assert read.text.count(HOSTILE) > 10
    scripts = [attributes for attributes, _ in read.scripts if attributes.get("type") != "application/json"]
    assert len(scripts) == 3
    assert any(HOSTILE in json.dumps(each, ensure_ascii=False) for each in read.data)


@pytest.mark.parametrize("text", [HOSTILE, "<!--<script>", "\u2028", "]]>", "&lt;"])
def test_json_in_a_script_ends_none(text: str) -> None:
    written = in_a_script({"name": text})
    assert json.loads(written) == {"name": text}
    assert "<" not in written
    assert "\u2028" not in written


def test_what_is_missing_is_said_on_the_page() -> None:
    found: Results = results(
        comparison(),
        skipped=(Passed("bad.json", "it is truncated"),),
        left_out=(Passed("other.json", "it is no result of batchmark"),),
        twice=(Passed("copy.json", "the same as 0.json"),),
    )
    text = _Read(render_page(found)).text
    assert "1 file can't be read, and is not on this page: bad.json: it is truncated" in text
    assert "copy.json is the same as 0.json: taken once" in text
    assert "1 file left out: other.json (it is no result of batchmark)" in text


def test_a_comparison_without_anything_judged_needs_no_picture() -> None:
    read = _Read(render_page(results(comparison(cells=[], profiles=()))))
    assert "nothing was judged" in read.text
    assert read.of("figure") == []
    assert "unsafe" not in read.text


def test_older_sweeps_of_the_same_are_folded() -> None:
    page = render_page(results(sweep(day=1), sweep(day=2)))
    assert len(re.findall(r'<section class="part"', page)) == 2
    assert len(re.findall(r"<details open>", page)) == 1
    assert page.index("2026-01-02") < page.index("2026-01-01")


def test_of_very_many_sweeps_the_older_ones_have_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_page, "shown", partial(shown, most=1))
    read = _Read(render_page(results(*(sweep(day=day) for day in (1, 2, 3)))))
    # Five of the newest sweep, and the history's.
    assert len(read.of("figure")) == 6
    assert read.text.count("Its pictures are left out, as there are newer ones: name its file alone.") == 2


def test_claims_have_their_table_and_then_their_curves_or_their_conditions() -> None:
    stored = CLAIMS.read(ROOT / "tests" / "report" / "golden" / "claims" / "all_kinds.json")
    read = _Read(render_page(results(stored)))
    assert "7 claims tested" in read.text
    order = [
        read.text.index(each) for each in ("Claims, as tested", "Claim 3: effects with their", "Sources and rules")
    ]
    assert order == sorted(order)
    assert "Claim 5: Accuracy, equal epochs" in read.text
    # Nothing was found of one, and one has neither curves nor conditions.
    assert len([figure for figure in read.data if "spec" in figure]) == 5
