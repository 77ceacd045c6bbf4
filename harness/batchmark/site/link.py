"""A link in asv's published site to the page of `batchmark report`, which stands beside it.

`asv publish` writes its site anew: the link is made after it, and only where there is a page.
"""

import re
from html import escape
from pathlib import Path

from batchmark.errors import BatchmarkError
from batchmark.files.whole_file import write_whole

INDEX = "index.html"
_LINK = re.compile(r'<li id="nav-li-report">.*?</li>\s*')
_BEFORE = '<li id="nav-li-graphdisplay">'
"""The last of asv's own entries, which is the title of a graph."""


def require_site(site: Path) -> None:
    """Raise BatchmarkError unless `site` is one that asv has published, with a place for the link."""
    index = site / INDEX
    try:
        is_asvs = _BEFORE in index.read_text(encoding="utf-8")
    except (OSError, ValueError):
        is_asvs = False
    if not is_asvs:
        message = f"--site {site} is no site that asv has published; type asv publish (tox run -e site) first"
        raise BatchmarkError(message)


def link_site(site: Path, address: str) -> None:
    """Let the site's navigation lead to `address`, in place of what it led to before.

    Raises StoredFileError: it can't be written.
    """
    index = site / INDEX
    text = _LINK.sub("", index.read_text(encoding="utf-8"))
    link = f'<li id="nav-li-report"><a href="{escape(address)}">Report</a></li>\n        '
    write_whole(index, text.replace(_BEFORE, link + _BEFORE, 1))
