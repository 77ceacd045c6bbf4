"""A page as text: templates with escaping, all within it, and a policy that lets nothing else run."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from batchmark import __version__
from batchmark.files.results import Results
from batchmark.report.page.page import page_of
from batchmark.report.page.parts import Tags
from batchmark.report.pictures.bundle import drawing_script
from batchmark.studies.releases.of_files import MachineReleases

_ROOM = "batchmark.report.page"
_TEMPLATES = "templates"
_BETWEEN = "\n"
"""Between the values of a tag, where there are several."""


def render_page(results: Results, releases: Sequence[MachineReleases] = (), *, site: str = "") -> str:
    """Return the page of what was read: HTML that opens from a file, with all that it needs within it.

    `site` is the address of asv's site, where it stands beside it: the page links to it.
    """
    page = page_of(results, releases)
    common = _common([figure.spec for part in page.parts for figure in part.figures])
    scripts = {
        "draws": drawing_script() if common else "",
        "acts": _text_of("page.js"),
        "early": _text_of("early.js"),
    }
    templates = Environment(
        loader=PackageLoader(_ROOM, _TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["json"] = in_a_script
    templates.filters["attributes"] = _attributes
    # What is the same of all is there once.
    templates.filters["own"] = lambda spec: {
        key: value for key, value in spec.items() if key not in common or common[key] != value
    }
    text: str = templates.get_template("page.html.j2").render(
        page=page,
        site=site,
        common=common,
        scripts=scripts,
        style=_text_of("page.css"),
        policy=_policy([script for script in scripts.values() if script]),
        version=__version__,
    )
    return text


def in_a_script(value: object) -> str:
    """Return `value` as JSON that can't end the script element it stands in, whatever it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _common(specs: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what most figures' specifications have alike; nothing where there are none."""
    return {key: specs[0][key] for key in ("$schema", "config", "background", "padding")} if specs else {}


def _policy(scripts: list[str]) -> str:
    """Return a policy under which these scripts run, no other does, and nothing is asked for from anywhere.

    Source: Content Security Policy Level 3, W3C, section 2.3.1: the hash of an inline script's text lets it run.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
        "form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _text_of(name: str) -> str:
    return (files(_ROOM) / _TEMPLATES / name).read_text(encoding="utf-8")


def _attributes(tags: Tags) -> dict[str, str]:
    """Return the tags that there are, as the page's script finds them."""
    kinds = {"workload": tags.workload, "loop": tags.loop, "backend": tags.backend, "machine": tags.machine}
    return {f"data-{kind}": _BETWEEN.join(values) for kind, values in kinds.items() if values}
