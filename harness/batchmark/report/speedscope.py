"""Two sides' epochs as a pair of flame graphs: the JSON that speedscope.app, or ``npx speedscope``, opens.

Source: jlfwong/speedscope, file-format-schema.json.
"""

import json
from collections.abc import Sequence
from importlib.metadata import version

from batchmark.comparison import ProfiledCell
from batchmark.profiles import Frame, Profile

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def render_as_speedscope(cells: Sequence[ProfiledCell]) -> str:
    """Return baseline and candidate of each cell, one profile each; a stack weighs its seconds of an epoch."""
    numbers: dict[Frame, int] = {}
    profiles = [
        _profile(f"{cell.name}, {name}", side, numbers)
        for cell in cells
        for name, side in (("baseline", cell.baseline), ("candidate", cell.candidate))
    ]
    content = {
        "$schema": _SCHEMA,
        "name": ", ".join(cell.name for cell in cells),
        "exporter": f"batchmark {version('batchmark')}",
        "activeProfileIndex": 0,
        "shared": {
            "frames": [{"name": frame.name, "file": frame.module, "line": max(1, frame.line)} for frame in numbers]
        },
        "profiles": profiles,
    }
    return json.dumps(content) + "\n"


def _profile(name: str, side: Profile, numbers: dict[Frame, int]) -> dict[str, object]:
    # Beside each other what is called from the same place, or it is drawn as many calls.
    stacks = sorted(side.stacks, key=lambda stack: [side.frames[index].place for index in stack.frames])
    for stack in stacks:
        for index in stack.frames:
            numbers.setdefault(side.frames[index], len(numbers))
    return {
        "type": "sampled",
        "name": name,
        "unit": "seconds",
        "startValue": 0,
        "endValue": sum(stack.seconds for stack in stacks),
        "samples": [[numbers[side.frames[index]] for index in stack.frames] for stack in stacks],
        "weights": [stack.seconds for stack in stacks],
    }
