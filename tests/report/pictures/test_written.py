"""A chart as files."""

import struct
import zlib
from pathlib import Path

import altair as alt
import pytest
import vl_convert

from batchmark.errors import BatchmarkError
from batchmark.report.pictures.smaller import smaller
from batchmark.report.pictures.written import version_for, write_picture
from svg import number_of_marks, texts_of


def _chart() -> alt.TopLevelMixin:
    values = [{"size": size, "seconds": 1 / size} for size in (1, 2, 4)]
    return alt.Chart(alt.Data(values=values), title="a title").mark_point().encode(x="size:Q", y="seconds:Q")


def test_both_files_hold_the_chart(tmp_path: Path) -> None:
    svg, png = write_picture(_chart(), tmp_path, "name")
    assert (svg.name, png.name) == ("name.svg", "name.png")
    assert "a title" in texts_of(svg)
    assert number_of_marks(svg, "symbol") == 3
    assert len(_pixels(png.read_bytes())) > 100_000


def test_a_picture_of_fewer_bytes_has_the_same_pixels() -> None:
    hasty = vl_convert.vegalite_to_png(_chart().to_dict())
    patient = smaller(hasty)
    assert len(patient) < len(hasty)
    assert _pixels(patient) == _pixels(hasty)
    # Width, height and depth; the resolution; the end.
    assert patient[:33] == hasty[:33]
    assert patient[-12:] == hasty[-12:]


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "name.svg").mkdir()
    with pytest.raises(BatchmarkError, match=r"--plot: can't write .*name\.svg"):
        write_picture(_chart(), tmp_path, "name")


def test_what_draws_is_asked_for_the_version_that_the_chart_is_written_for() -> None:
    known = vl_convert.get_vegalite_versions()[0]
    assert version_for(f"https://vega.github.io/schema/vega-lite/v{known}.1.json") == known
    assert version_for("https://vega.github.io/schema/vega-lite/v99.1.0.json") is None
    assert version_for(_chart().to_dict()["$schema"]) is not None


def test_data_of_another_host_are_not_fetched(tmp_path: Path) -> None:
    chart = alt.Chart("https://example.org/data.json").mark_point().encode(x="a:Q")
    with pytest.raises(ValueError, match="not allowed"):
        write_picture(chart, tmp_path, "name")


def _pixels(png: bytes) -> bytes:
    """Return what is packed in the file's data chunks."""
    at, data = 8, b""
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        content = png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + content)
        data += content if kind == b"IDAT" else b""
        at += 12 + length
    return zlib.decompress(data)
