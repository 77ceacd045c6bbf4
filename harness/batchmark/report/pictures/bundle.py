"""What draws a specification in a browser, as one script: Vega, Vega-Lite and Vega-Embed, as vl-convert has them."""

import altair as alt
import vl_convert

from batchmark.report.pictures.written import version_for


def drawing_script() -> str:
    """Return the script that draws charts as Altair writes them; it leaves ``vegaEmbed`` and ``vega`` behind."""
    return f"(function(){{{vl_convert.javascript_bundle(vl_version=version_for(alt.SCHEMA_URL))}\n}})();"
