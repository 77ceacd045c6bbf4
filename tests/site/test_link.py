"""The link in asv's site to the page of `batchmark report`."""

import importlib.util
from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.site.link import link_site, require_site

_INDEX = """<nav><ul>
        <li id="nav-li-regressions"><a href="#/regressions">Regressions</a></li>
        <li id="nav-li-graphdisplay"><span id="title">benchmark</span></li>
</ul></nav>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(_INDEX, encoding="utf-8")
    return tmp_path


def test_the_link_stands_after_asvs_own_and_before_the_graphs_title(site: Path) -> None:
    require_site(site)
    link_site(site, "report.html")
    text = (site / "index.html").read_text(encoding="utf-8")
    order = [text.index(each) for each in ("nav-li-regressions", 'href="report.html">Report<', "nav-li-graphdisplay")]
    assert order == sorted(order)


def test_a_second_page_takes_the_place_of_the_first(site: Path) -> None:
    link_site(site, "first.html")
    link_site(site, "second.html")
    text = (site / "index.html").read_text(encoding="utf-8")
    assert "first.html" not in text
    assert text.count("nav-li-report") == 1
    link_site(site, "first.html")
    link_site(site, "second.html")
    assert (site / "index.html").read_text(encoding="utf-8") == text


def test_an_address_is_text(site: Path) -> None:
    link_site(site, '"><script>')
    assert "<script>" not in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("index", [None, "<html></html>"])
def test_what_asv_has_not_published_is_refused_with_what_to_type(tmp_path: Path, index: str | None) -> None:
    if index is not None:
        (tmp_path / "index.html").write_text(index, encoding="utf-8")
    with pytest.raises(BatchmarkError, match="is no site that asv has published; type asv publish"):
        require_site(tmp_path)


def test_asvs_own_page_has_the_place(tmp_path: Path) -> None:
    found = importlib.util.find_spec("asv")
    if found is None or found.origin is None:
        pytest.skip("asv is not installed: tox run -e tests-releases has it")
    page = (Path(found.origin).parent / "www" / "index.html").read_text(encoding="utf-8")
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    require_site(tmp_path)
    link_site(tmp_path, "report.html")
    assert 'href="report.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")
