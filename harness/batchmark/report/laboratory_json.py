"""Answers of the laboratory as JSON, for programs: the answer's own fields, and the version of their meaning.

A number that isn't known is null. An infinite one is the text ``Infinity`` or ``-Infinity``, which JavaScript's
``Number`` and Python's ``float`` read: an end of an interval that is null is of none.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from batchmark.files.typed import plain


def answer_as_json(key: str, version: int, answer: object, facts: Mapping[str, object], stopped: str | None) -> str:
    """Return an answer as JSON, in ASCII, a line end at its end; `key` has the version, as ``batchmark_observe``."""
    content = {key: version, "stopped": stopped, "environment": plain(facts), "answer": _told(answer)}
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _told(value: object) -> Any:  # noqa: ANN401  JSON
    match value:
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        case Mapping():
            return {str(key): _told(each) for key, each in value.items()}
        case list() | tuple():
            return [_told(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: _told(getattr(value, each.name)) for each in fields(value) if each.repr}
        case _:
            return plain(value)
