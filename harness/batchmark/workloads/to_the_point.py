"""What a framework's paragraphs come to: the error itself, without what stands around it.

TensorFlow puts a page of its own source's lines before an error of a graph and a hint after it, and its start-up lines
are the last that a process says which was killed.
"""

import re

_LONGEST = 300

# Lines around an error of a graph.
_AROUND_IT = re.compile(
    r'\s*(?:Graph execution error:|Detected at node |File "|\[\[|Hint: |\[Op:|\(\d+\) \[\[|\d+ (?:successful|derived)'
    r"|\d+ root error)"
)
_IN_IT = re.compile(r"\{\{function_node [^}]*\}\}\s*|\s*\[Op:[^\]]*\](?: name:.*)?|\s*\[\[\{\{.*")
_OF_A_GRAPH = ("Graph execution error:", "[[{{", "{{function_node", "[Op:")

_STAMP = re.compile(r"(?:[WEF]\d{4} \S+ +\d+|\d{4}-\d\d-\d\d \S+: [WEF]) ")
_START_UP = re.compile(
    r"WARNING: All log messages before absl::InitializeLog|I\d{4} |\d{4}-\d\d-\d\d \S+: I |To enable th"
    r"|.*(?:Unable to register \S+ (?:factory|plugin)|computation placer already registered|TF-TRT Warning|cuInit"
    r"|Could not find cuda drivers|Could not load dynamic library|Cannot dlopen some GPU libraries"
    r"|Skipping registering GPU devices|kernel driver does not appear|NUMA node)"
)
_TRACEBACK = "Traceback (most recent call last):"


def point_of(message: str) -> str:
    """Return an error's message in one line, without the lines that TensorFlow puts around an error of a graph."""
    if not any(sign in message for sign in _OF_A_GRAPH):
        return " ".join(message.split())
    kept = [_IN_IT.sub("", line) for line in message.splitlines() if not _AROUND_IT.match(line)]
    return " ".join(" ".join(kept).split()) or " ".join(message.split())


def last_words(log: str, *, longest: int = _LONGEST) -> str:
    """Return what a process said last, in one line of at most `longest` characters; empty where that is start-up lines.

    Of a Python traceback it is the error.
    """
    lines = [_STAMP.sub("", line) for line in log.splitlines() if line.strip() and not _START_UP.match(line)]
    if _TRACEBACK in lines:
        after = lines[len(lines) - lines[::-1].index(_TRACEBACK) :]
        raised = next((index for index, line in enumerate(after) if not line.startswith(" ")), len(after))
        lines = after[raised:] or lines
    kept: list[str] = []
    for line in reversed(lines):
        words = " ".join(line.split())
        if kept and sum(map(len, kept)) + len(kept) + len(words) > longest:
            break
        kept.insert(0, words)
    return " ".join(kept)[-longest:]
