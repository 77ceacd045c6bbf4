"""An asv plugin: `asv publish` writes a site that loads nothing from other hosts.

asv's page takes jQuery, Flot, Bootstrap and three smaller scripts from content delivery networks, and shows an error
page where these can't be reached. With `"plugins": [".batchmark.asv"]` in asv.conf.json the published page loads the
copies in `vendor/` instead.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from asv.publishing import OutputPublisher
from asv.util import UserError

VENDOR = Path(__file__).parent / "vendor"
# what asv's page asks for, by how its address ends, and the file that stands in for it
STAND_INS = {
    "jquery-3.3.1.min.js": "jquery.min.js",
    "flot/0.8.3/jquery.flot.min.js": "jquery.flot.js",
    "flot/0.8.3/jquery.flot.time.min.js": "jquery.flot.time.js",
    "flot/0.8.3/jquery.flot.selection.min.js": "jquery.flot.selection.js",
    "flot/0.8.3/jquery.flot.categories.min.js": "jquery.flot.categories.js",
    "flot-orderbars@1.0.0/js/jquery.flot.orderBars.js": "jquery.flot.orderBars.js",
    "stupidtable/1.0.1/stupidtable.min.js": "stupidtable.min.js",
    "blueimp-md5/2.19.0/js/md5.min.js": "md5.min.js",
    "bootstrap@3.1.1/dist/js/bootstrap.min.js": "bootstrap.min.js",
    "bootstrap@3.1.1/dist/css/bootstrap.min.css": "bootstrap.min.css",
}
# a script or stylesheet of another host; a link that is only followed when clicked is none
_ELSEWHERE = re.compile(r'<(?:script|link)\b[^>]*?\b(?:src|href)="(?P<address>(?:https?:)?//[^"]+)"[^>]*>')


class OfflineError(UserError):  # type: ignore[misc]  # asv has no types
    """asv's page loads something from another host that has no copy here."""

    def __init__(self, address: str) -> None:
        """Name the address, and where a copy belongs."""
        super().__init__(
            f"asv's page loads {address}, of which harness/batchmark/site/vendor has no copy; "
            "add the file there and its name to STAND_INS in harness/batchmark/site/offline.py"
        )


def offline_page(page: str) -> str:
    """Return asv's page with each script and stylesheet of another host replaced by its copy.

    Raises:
        OfflineError: the page loads something that has no copy.
    """
    return _ELSEWHERE.sub(_stand_in, page)


def _stand_in(tag: re.Match[str]) -> str:
    address = tag["address"]
    for ending, name in STAND_INS.items():
        if address.endswith(f"/{ending}"):
            if name.endswith(".css"):
                return f'<link rel="stylesheet" href="vendor/{name}">'
            return f'<script src="vendor/{name}" onerror="js_load_failure()">'
    raise OfflineError(address)


class OfflinePage(OutputPublisher):  # type: ignore[misc]  # asv has no types
    """asv's publish calls this once its own pages are written."""

    name = "offline"
    button_label = None
    description = "Load nothing from other hosts"

    @classmethod
    def publish(cls, conf: Any, repo: object, benchmarks: object, graphs: object, revisions: object) -> None:  # noqa: ANN401, ARG003  # asv's signature
        """Rewrite the page and put the copies beside it."""
        site = Path(conf.html_dir)
        page = site / "index.html"
        page.write_text(offline_page(page.read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copytree(VENDOR, site / "vendor", ignore=shutil.ignore_patterns(".*", "README.md"))
