"""What a request is, and what answers requests."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar, get_args

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)
Owner = TypeVar("Owner")

_ANSWERS = "answers"


class Request(Generic[Answer_co]):
    """What a worker can be asked for. The subclasses are frozen dataclasses; each says what it is answered with.

    ``class Prove(Request[Proof], name="prove")`` is answered with a `Proof` and called ``prove`` on the line and in
    errors.
    """

    name: ClassVar[str]
    answer_type: ClassVar[Any]
    """What it is answered with: what stands between the brackets."""

    def __init_subclass__(cls, *, name: str) -> None:
        """Keep its `name` and what it is answered with."""
        super().__init_subclass__()
        cls.name = name
        (cls.answer_type,) = get_args(cls.__orig_bases__[0])  # type: ignore[attr-defined]  # a generic's subclass has them

    @classmethod
    def answered_by(cls, method: Callable[[Owner, Self], Answer_co]) -> Callable[[Owner, Self], Answer_co]:
        """Mark a method of an `Answering` class as what answers this request."""
        method.__dict__[_ANSWERS] = cls
        return method


class Answering:
    """Answers each request by the method that the request's `answered_by` marks."""

    _methods: ClassVar[Mapping[type[Request[Any]], Callable[[Any, Any], object]]] = {}

    def __init_subclass__(cls) -> None:
        """Find the methods."""
        super().__init_subclass__()
        marked = [method for method in vars(cls).values() if _ANSWERS in getattr(method, "__dict__", {})]
        cls._methods = {**cls._methods, **{vars(method)[_ANSWERS]: method for method in marked}}

    @classmethod
    def answered(cls) -> frozenset[type[Request[Any]]]:
        """Return the types of request that are answered; `answer` takes no others."""
        return frozenset(cls._methods)

    def answer(self, request: Request[Any]) -> object:
        """Return the answer to `request`. Raises what its method raises."""
        return self._methods[type(request)](self, request)
