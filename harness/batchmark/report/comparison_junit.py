"""A comparison as JUnit XML, which CI servers show as tests: one testcase for each judged cell.

Regressed is a failure. Inconclusive is skipped, with what would settle it: nothing is wrong with the candidate that
anybody knows of, and a test that is neither passed nor failed is what a skipped one is. An exit code says the rest.

Note: tried junitparser 5.0.3; rejected because elements and a counter are all that is needed of it, and the base
install has to go beside every TensorFlow since 2.12.
"""

import re
from xml.etree import ElementTree as ET

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.report import compared_cells as words
from batchmark.report.explanation import render_explanation

# What XML 1.0 has no form for, surrogates included.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_comparison_as_junit(comparison: Comparison) -> str:
    """Return the XML, a line end at its end."""
    cells = words.by_place(cell for cell in comparison.cells if cell.counts)
    cases = [_case(cell) for cell in cells]
    if comparison.stopped:
        cases.append(_unfinished(comparison.stopped))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
    }
    root = ET.Element("testsuites", {"name": "batchmark", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "batchmark", **counts, "time": "0"})
    properties = ET.SubElement(suite, "properties")
    for name, text in _properties(comparison):
        ET.SubElement(properties, "property", {"name": name, "value": _clean(text)})
    suite.extend(cases)
    if why := "\n\n".join(render_explanation(each) for each in comparison.profiles):
        ET.SubElement(suite, "system-out").text = _clean(why)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(cell: ComparedCell) -> ET.Element:
    workload, loop, size = words.place(cell)
    case = ET.Element(
        "testcase",
        {
            "classname": _clean(f"{workload}.{loop}" if cell.loop else workload),
            "name": f"{cell.metric}[{size}]",
            "time": "0",
        },
    )
    found = _clean(words.sentence(cell))
    if cell.verdict is Verdict.REGRESSED:
        failure = ET.SubElement(case, "failure", {"type": "regressed", "message": found})
        failure.text = _clean("\n".join(cell.warnings)) or None
    elif cell.verdict is Verdict.INCONCLUSIVE:
        needed = f"; to settle it: {cell.needed}" if cell.needed else ""
        ET.SubElement(case, "skipped", {"message": _clean(f"{found}{needed}")})
    else:
        ET.SubElement(case, "system-out").text = found
    return case


def _unfinished(why: str) -> ET.Element:
    case = ET.Element("testcase", {"classname": "batchmark", "name": "the comparison is whole", "time": "0"})
    ET.SubElement(case, "skipped", {"message": _clean(f"not finished: {why}")})
    return case


def _properties(comparison: Comparison) -> list[tuple[str, str]]:
    return [
        ("verdict", str(comparison.verdict)),
        *(("differs", each) for each in words.differences(comparison.environment)),
        *(("caveat", each) for each in comparison.warnings),
    ]


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
