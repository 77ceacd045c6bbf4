"""Commands by the names they had in earlier releases: they work the same, and say what they are called now."""

from typing import Any

import click


class Renamed(click.Command):
    """A command under an old name, which no list of commands shows."""

    def __init__(self, name: str, command: click.Command, *, now: str) -> None:
        """Have `name` stand for `command`, which is called `now` now."""
        super().__init__(
            name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            epilog=command.epilog,
            hidden=True,
        )
        self.now = now

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401  click's signature
    ) -> click.Context:
        """Say the new name, on standard error, and go on."""
        click.echo(f"batchmark: {self.name} is called {self.now} now", err=True)
        return super().make_context(info_name, args, parent, **extra)
