"""What draws a specification in a browser, as one script: Vega, Vega-Lite and Vega-Embed, as vl-convert has them."""

import vl_convert

from batchmark.report.pictures.written import version_for


def script_for(schema: str) -> str:
    """Return the script that draws what has this `schema`; it leaves ``vegaEmbed`` and ``vega`` behind."""
    return f"(function(){{{vl_convert.javascript_bundle(vl_version=version_for(schema))}\n}})();"
