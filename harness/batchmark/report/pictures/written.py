"""A chart as files: SVG and PNG, made by vl-convert, which fetches nothing."""

import re
from pathlib import Path

import altair as alt
import vl_convert

from batchmark.report.pictures.extra import unwritable
from batchmark.report.pictures.smaller import smaller

_PIXELS_PER_INCH = 144.0
# As the name of a definition, and where it is referred to.
_CLIP = re.compile(r"(?<=[\"#])clip\d+(?=[\")])")
_VERSION = re.compile(r"vega-lite/v(\d+\.\d+)")


def write_picture(chart: alt.TopLevelMixin, folder: Path, name: str) -> list[Path]:
    """Write `chart` into `folder` as ``name.svg`` and ``name.png``, and return their paths.

    Raises BatchmarkError: they can't be written.
    """
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    spec = chart.to_dict()
    version = version_for(spec["$schema"])
    try:
        drawn = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
        svg.write_text(_numbered_from_0(drawn), encoding="utf-8")
        pixels = vl_convert.vegalite_to_png(spec, vl_version=version, ppi=_PIXELS_PER_INCH, allowed_base_urls=[])
        png.write_bytes(smaller(pixels))
    except OSError as error:
        raise unwritable(Path(error.filename or svg), error) from error
    return [svg, png]


def _numbered_from_0(svg: str) -> str:
    """Return the same with what it clips by numbered in order: Vega goes on counting from one picture to the next."""
    numbers = {name: f"clip{number}" for number, name in enumerate(dict.fromkeys(_CLIP.findall(svg)))}
    return _CLIP.sub(lambda found: numbers[found[0]], svg)


def version_for(schema: str) -> str | None:
    """Return the version of Vega-Lite that Altair writes for; None, the newest, where vl-convert has not got it."""
    found = _VERSION.search(schema)
    return found[1] if found and found[1] in vl_convert.get_vegalite_versions() else None
