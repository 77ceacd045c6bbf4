"""What XLA made of a step, by the text of its optimised program: instructions, fusions, work by their shapes.

Floating-point operations and bytes are counted as XLA's own cost analysis does it, as far as the text has it: a product
of matrices takes two operations for each number that is multiplied and added, a convolution as many as its window
covers, and arithmetic on elements one each; a fusion reads its operands and writes its result, and so does every other
instruction outside of one. What XLA hands to a library by a call has no operations here.

Source: openxla/xla, xla/service/hlo_cost_analysis.cc.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class Program:
    """An optimised program."""

    text: str
    """As XLA prints it."""


@dataclass(frozen=True)
class Instruction:
    """One line of a program."""

    name: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    """Of the result: type and dimensions; several of a tuple."""
    operation: str
    operands: tuple[str, ...]
    attributes: str


@dataclass(frozen=True)
class Cost:
    """What a program comes to; each instruction counted once, however often a loop runs it."""

    instructions: int
    fusions: int
    flops: int
    bytes: int


# Neither work nor memory: names for what is there already.
_FREE = frozenset({"parameter", "constant", "tuple", "get-tuple-element", "bitcast", "after-all", "iota"})
_CALLS_OTHERS = frozenset({"while", "conditional", "call"})
# Exponentials, logarithms and the like are none to XLA: it tells them by themselves.
_ELEMENTWISE = frozenset(
    (
        *("add", "subtract", "multiply", "divide", "remainder", "maximum", "minimum", "clamp", "abs", "negate", "sign"),
        *("floor", "ceil", "round-nearest-afz", "round-nearest-even", "select", "convert"),
    )
)
_WIDTH = {"pred": 1, "s4": 1, "u4": 1, "s8": 1, "u8": 1, "s16": 2, "u16": 2, "f16": 2, "bf16": 2}
_WIDTH |= {"s32": 4, "u32": 4, "f32": 4, "s64": 8, "u64": 8, "f64": 8, "c64": 8, "c128": 16}

_COMPUTATION = re.compile(r"^(ENTRY )?%?([\w.\-]+) (?:\([^\n]*\) -> [^\n]*)?\{\s*$")
_INSTRUCTION = re.compile(r"^\s+(?:ROOT )?%?([\w.\-]+) = (\(.*?\)|\S+) ([\w\-]+)\((.*)$")
_SHAPE = re.compile(r"\b([a-z]+\d*)\[([\d,]*)\]")
_NAME = re.compile(r"%([\w.\-]+)")
_TEXT = r'"(?:[^"\\]|\\.)*"'
# Where it comes from; names in it may hold braces.
_METADATA = re.compile(rf", (?:metadata|frontend_attributes)=\{{(?:[^{{}}\"]|{_TEXT}|\{{(?:[^{{}}\"]|{_TEXT})*\}})*\}}")


def cost_of(program: Program) -> Cost:
    """Return what an optimised program comes to.

    Raises ValueError: it isn't text as XLA prints it.
    """
    entry, computations = _parsed(program.text)
    fused = {
        called
        for instructions in computations.values()
        for each in instructions
        if each.operation == "fusion"
        for called in _called(each)
    }
    every = [each for instructions in computations.values() for each in instructions]
    shapes = {each.name: each for each in every}
    outside = [each for name, own in computations.items() if name not in fused for each in own if _is_run(each)]
    if not computations.get(entry):
        message = "no program in what XLA printed"
        raise ValueError(message)
    return Cost(
        instructions=sum(each.operation not in _FREE for each in every),
        fusions=sum(each.operation == "fusion" for each in every),
        flops=sum(_flops(each, shapes) for each in every),
        bytes=sum(
            _bytes(each) + sum(_bytes(shapes[name]) for name in each.operands if name in shapes) for each in outside
        ),
    )


def digest_of(program: Program) -> str:
    """Return what is equal for programs that do the same, whatever the lines of code are that they came from.

    Of large constants XLA prints the shape alone: programs that differ in nothing else are equal here.
    """
    # Beside its computations JAX has tables of files and lines.
    lines = [line for line in program.text.splitlines() if _is_of_a_computation(line)]
    plain = "\n".join(_COMPUTATION.sub(r"%\2 {", _METADATA.sub("", line)) for line in lines)
    numbers: dict[str, str] = {}
    # Names are numbered by the whole process: by their first place here they are alike.
    named = _NAME.sub(lambda match: numbers.setdefault(match[0], f"%{len(numbers)}"), plain)
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _is_of_a_computation(line: str) -> bool:
    return line.strip() == "}" or any(form.match(line) for form in (_COMPUTATION, _INSTRUCTION))


def _parsed(text: str) -> tuple[str, dict[str, list[Instruction]]]:
    entry, current = "", ""
    found: dict[str, list[Instruction]] = {}
    for line in text.splitlines():
        if head := _COMPUTATION.match(line):
            current = head[2]
            found[current] = []
            entry = current if head[1] else entry
        elif (match := _INSTRUCTION.match(line)) and current:
            found[current].append(_instruction(match))
    return entry, found


def _instruction(match: "re.Match[str]") -> Instruction:
    inside, attributes = _split_at_close(match[4])
    return Instruction(match[1], tuple(_shapes(match[2])), match[3], tuple(_NAME.findall(inside)), attributes)


def _split_at_close(rest: str) -> tuple[str, str]:
    """Return what is within the parenthesis that is open, and what comes after it."""
    depth = 1
    for place, sign in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return rest[:place], rest[place + 1 :]
    return rest, ""


def _shapes(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    for kind, dimensions in _SHAPE.findall(text):
        yield kind, tuple(int(each) for each in dimensions.split(",") if each)


def _called(instruction: Instruction) -> Sequence[str]:
    return re.findall(r"(?:calls|to_apply|body|condition)=%?([\w.\-]+)", instruction.attributes)


def _is_run(instruction: Instruction) -> bool:
    return instruction.operation not in _FREE | _CALLS_OTHERS


def _elements(instruction: Instruction) -> int:
    return sum(prod(dimensions) for _, dimensions in instruction.shapes)


def _bytes(instruction: Instruction) -> int:
    return sum(_WIDTH.get(kind, 4) * prod(dimensions) for kind, dimensions in instruction.shapes)


def _flops(instruction: Instruction, by_name: dict[str, Instruction]) -> int:
    kind = instruction.operation
    if kind in _ELEMENTWISE:
        return _elements(instruction) if instruction.shapes and instruction.shapes[0][0][0] in "fbc" else 0
    first = by_name.get(instruction.operands[0]) if instruction.operands else None
    if first is None or not first.shapes:
        return 0
    if kind == "dot":
        return 2 * _elements(instruction) * _contracted(instruction, first)
    if kind in {"reduce", "reduce-window"}:
        return _of_reduction(instruction, first)
    if kind == "convolution" and len(instruction.operands) > 1 and instruction.operands[1] in by_name:
        return _of_convolution(instruction, by_name[instruction.operands[1]])
    return 0


def _of_reduction(instruction: Instruction, first: Instruction) -> int:
    if instruction.operation == "reduce-window":
        return _elements(instruction) * (_window(instruction) - 1)
    return max(0, _elements(first) - _elements(instruction))


def _window(instruction: Instruction) -> int:
    """Return how many numbers a window covers."""
    match = re.search(r"window=\{size=([\dx]+)", instruction.attributes)
    return prod(int(each) for each in match[1].split("x")) if match else 1


def _contracted(instruction: Instruction, first: Instruction) -> int:
    """Return how many numbers a product of matrices adds up for each of its elements."""
    match = re.search(r"lhs_contracting_dims=\{([\d,]*)\}", instruction.attributes)
    dimensions = first.shapes[0][1]
    return prod(dimensions[int(each)] for each in match[1].split(",") if each) if match else 1


def _of_convolution(instruction: Instruction, kernel: Instruction) -> int:
    """Return two operations for each number of the kernel that an element of the result is made of.

    Where the window reaches beyond the edge it is counted as if it didn't; XLA leaves those out.
    """
    labels = re.search(r"dim_labels=\w+_(\w+)->", instruction.attributes)
    if not labels:
        return 0
    sizes = kernel.shapes[0][1]
    added = prod(size for label, size in zip(labels[1], sizes, strict=False) if label != "o")
    return 2 * _elements(instruction) * added
