"""An asv plugin: the published site speaks of releases, where asv's own speaks of commits.

Load it with `"plugins": [".batchmark.asv"]` and set `"show_commit_url": "releases.html#"`. Then the site

- shows a release's tag wherever asv shows a commit's hash (`releases.js`),
- has a page of the releases, releases.html, to which asv's links to commits lead, and
- draws in the grid the first branch alone: asv's own draws the mean of all branches, which jumps from one to the
  other where their releases alternate in time.
"""

import datetime as dt
import html
import shutil
from pathlib import Path
from typing import Any

from asv.graph import make_summary_graph
from asv.publishing import OutputPublisher

from batchmark.site.by_workload import ByWorkload

__all__ = ["ByRelease", "ByWorkload"]

SCRIPT = Path(__file__).parent / "releases.js"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Releases</title>
<link rel="icon" href="swallow.ico">
<style>
body {{ font-family: sans-serif; margin: 2em }}
table {{ border-collapse: collapse }}
th, td {{ padding: 0.3em 1em; text-align: left; border-bottom: 1px solid #ddd }}
tr:target, tr:has(:target) {{ background: #ffd }}
</style>
</head>
<body>
<p><a href="index.html">{project}</a></p>
<table>
<thead><tr><th>release</th><th>branch</th><th>date</th><th>commit</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def releases_page(project: str, releases: list[tuple[str, str, dt.date, str]]) -> str:
    """Return the page of the releases: tag, branch, date and commit of each, in that order of columns."""
    rows = (
        f'<tr id="{html.escape(tag)}"><td>{html.escape(tag)}</td><td>{html.escape(branch)}</td><td>{date}</td>'
        f'<td id="{commit}"><code>{commit[:8]}</code></td></tr>'
        for tag, branch, date, commit in releases
    )
    return _PAGE.format(project=html.escape(project), rows="\n".join(rows))


class ByRelease(OutputPublisher):  # type: ignore[misc]  # asv has no types
    """asv's publish calls this once its own pages are written."""

    name = "releases"
    button_label = None
    description = "Speak of releases"

    @classmethod
    def publish(cls, conf: Any, repo: Any, benchmarks: Any, graphs: Any, revisions: Any) -> None:  # noqa: ANN401  # asv's
        """Add the script and the page of the releases, and draw the grid anew."""
        site = Path(conf.html_dir)
        shutil.copy(SCRIPT, site)
        page = site / "index.html"
        text = page.read_text(encoding="utf-8")
        page.write_text(
            text.replace("</head>", f'  <script src="{SCRIPT.name}"></script>\n  </head>'), encoding="utf-8"
        )
        listed = releases_page(conf.project, _releases(conf, repo, revisions))
        (site / "releases.html").write_text(listed, encoding="utf-8")
        first = repo.get_branch_name(conf.branches[0])
        for name in benchmarks:
            of_branch = [graph for graph in graphs.get_graph_group(name) if graph.params.get("branch") == first]
            if of_branch:
                make_summary_graph(of_branch).save(conf.html_dir)


def _releases(conf: Any, repo: Any, revisions: Any) -> list[tuple[str, str, dt.date, str]]:  # noqa: ANN401  # asv's
    branch_of = {commit: str(branch) for branch in conf.branches for commit in repo.get_branch_commits(branch)}
    tags = sorted(repo.get_tags().items(), key=lambda tagged: revisions[tagged[1]], reverse=True)
    return [
        (
            tag,
            branch_of.get(commit, ""),
            dt.datetime.fromtimestamp(repo.get_date(commit) / 1000, tz=dt.UTC).date(),
            commit,
        )
        for tag, commit in tags
    ]
