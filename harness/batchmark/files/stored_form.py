"""The one way in which records stand in files: as JSON objects that say which version of their form they have.

A form's version is raised whenever a key changes its meaning or goes, with an upgrade from the version before: a
function from the older object to the newer one. A field with a default may be added to a record without either: it is
written with the others, and where a file doesn't have it, it is the default.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from batchmark.errors import StoredFileError
from batchmark.files.json_file import read_json
from batchmark.files.typed import MisfitError, plain, typed
from batchmark.files.whole_file import write_whole

Object = dict[str, Any]
"""A JSON object."""
Record = TypeVar("Record")

# What a function that is made for one version's objects raises when it is given others.
_MISMADE = (LookupError, TypeError, AttributeError, ValueError)


def in_order(form: Object, *first: str) -> Object:
    """Return `form` with these keys first: the order means nothing to who reads it by program."""
    return {**{key: form[key] for key in first}, **form}


@dataclass(frozen=True)
class Form(Generic[Record]):
    """How records of one type stand in a file."""

    record: type[Record]
    key: str
    """Under which an object has its version, and by which it is known to be one of these."""
    version: int
    name: str
    """As in ``a comparison``."""
    stored_by: str
    """How one comes about, for who has none: ``a comparison is stored by batchmark upgrade --json FILE``."""
    again: str
    """What helps where it is of no use: ``compare again``."""
    upgrades: Mapping[int, Callable[[Object], Object]] = field(default_factory=dict)
    """From each older version that is still read to the one after it."""
    version_without_key: int | None = None
    """What an object has that doesn't say: forms that had no version once. None: it is no such object."""
    required: tuple[str, ...] = ()
    """Keys that every file has, though the record's fields have defaults: one that is missing is damage.

    With dots between those of an object and of one within it.
    """
    flat: str = ""
    """The field whose own fields stand beside the others, and not in an object of their own."""
    parts: Mapping[str, "Form[Any]"] = field(default_factory=dict)
    """Fields with several records that have a form themselves."""
    infinities: bool = False
    """Whether an infinite number is told from one that isn't known: as text."""
    arranged: Callable[[Record, Object], Object] = lambda _, form: form
    """Adds to an object what other programs want to find in it, which is not read back, and orders its keys."""
    flaw: Callable[[Record], str | None] = lambda _: None
    """Says what is wrong with a record all of whose types are right, or None."""
    title: Callable[[Object], str] | None = None
    """What a damaged one is called by its content where it stands among others: ``the cell 'blobs-32-fit'``."""

    def stored(self, record: Record) -> Object:
        """Return `record` as JSON has it."""
        form = {each.name: self._field(record, each.name) for each in fields(self.record)}  # type: ignore[arg-type]
        if self.flat:
            form = {**form.pop(self.flat), **form}
        return {self.key: self.version, **self.arranged(record, form)}

    def taken(self, content: object, what: str = "") -> Record:
        """Return the record that `stored`, of this version or an older one, made JSON's `content` of.

        Keys that this version doesn't know are ignored. `what` is what a complaint calls it.

        Raises StoredFileError: something else, another version, a key that is missing or has a wrong type, a value that
        can't be.
        """
        newest, what = self._newest(content, what)
        for name, form in self.parts.items():
            if isinstance(parts := newest.get(name), list):
                newest[name] = [_part(form, each, what) for each in parts]
        try:
            self._require_keys(newest)
            record = typed(self._nested(newest), self.record)
        except MisfitError as error:
            raise self._damage(what, self._as_it_stands(str(error))) from error
        if flaw := self.flaw(record):
            raise self._damage(what, " ".join(ascii(flaw)[1:-1].split()))
        return record

    def text(self, record: Record) -> str:
        """Return `record` as the text of a file: JSON in ASCII, a line end at its end."""
        return json.dumps(self.stored(record), indent=2, allow_nan=False) + "\n"

    def line(self, record: Record) -> bytes:
        """Return `record` as a line of a file, its end included."""
        return as_line(self.stored(record))

    def write(self, path: Path | str, record: Record) -> None:
        """Write `record` into a file, which is replaced, whole or not at all.

        Raises StoredFileError: it can't be written.
        """
        write_whole(Path(path), self.text(record))

    def keep(self, path: Path, record: Record) -> None:
        """Write `record` as `write` does, into a folder that is made where it isn't there.

        Raises StoredFileError: it can't be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{path} can't be written: {error.strerror}"
            raise StoredFileError(message) from error
        self.write(path, record)

    def read(self, path: Path | str) -> Record:
        """Return what `write` wrote.

        Raises StoredFileError: no such file, not readable, not JSON, and what `taken` raises.
        """
        return self.taken(read_json(path, self.stored_by), str(path))

    def _field(self, record: Record, name: str) -> Any:  # noqa: ANN401  JSON
        value = getattr(record, name)
        form = self.parts.get(name)
        return plain(value, infinities=self.infinities) if form is None else [form.stored(each) for each in value]

    def _newest(self, content: object, what: str) -> tuple[Object, str]:
        """Return an object as this version has it, and what it is called."""
        what = what or (self.title(content) if self.title and isinstance(content, dict) else "an entry")
        if not isinstance(content, dict) or (self.version_without_key is None and self.key not in content):
            message = f"{what} is JSON, but not {self.name}; {self.stored_by}"
            raise StoredFileError(message)
        version = content.get(self.key, self.version_without_key)
        # True and 1.0 equal 1, and are none of what is written.
        if type(version) is not int or not (version == self.version or version in self.upgrades):
            message = (
                f"{what} has {self.key} {ascii(version)[:40]} and this version of batchmark reads {self._known()}; "
                f"read the file with the version that wrote it, or {self.again}"
            )
            raise StoredFileError(message)
        try:
            for older in range(version, self.version):
                content = self.upgrades[older](content)
        except _MISMADE as error:
            reason = f"it can't be read as version {version} ({type(error).__name__}: {error})"
            raise self._damage(what, " ".join(ascii(reason)[1:-1].split())) from error
        return dict(content), what

    def _known(self) -> str:
        return ", ".join(map(str, sorted({*self.upgrades, self.version})))

    def _require_keys(self, content: Object) -> None:
        for path in self.required:
            *outer, key = path.split(".")
            within: Any = content
            for name in outer:
                within = within.get(name) if isinstance(within, dict) else None
            if isinstance(within, dict) and key not in within:
                where = f" - at `$.{'.'.join(outer)}`" if outer else ""
                message = f"Object missing required field `{key}`{where}"
                raise MisfitError(message)

    def _nested(self, content: Object) -> Object:
        return {**content, self.flat: content} if self.flat else content

    def _as_it_stands(self, reason: str) -> str:
        """Return where something stands as the file has it."""
        return reason.replace(f" - at `$.{self.flat}`", "").replace(f"`$.{self.flat}.", "`$.") if self.flat else reason

    def _damage(self, what: str, reason: str) -> StoredFileError:
        return StoredFileError(f"{what} is damaged: {reason}; restore the file, or {self.again}")


def as_line(form: Mapping[str, object]) -> bytes:
    """Return a JSON object as a line of a file, its end included."""
    # In ASCII, as all that is written: a name that came over the command line may hold what UTF-8 can't.
    return json.dumps(form).encode("ascii") + b"\n"


def _part(form: Form[Any], content: object, of: str) -> object:
    try:
        return form.taken(content)
    except StoredFileError as error:
        message = f"{of}: {error}"
        raise StoredFileError(message) from error
