"""The command line: the verbs together, and one line for what can be mended."""

import errno
import io
import sys

import click

import batchmark
from batchmark.doors.bisect import bisect
from batchmark.doors.calibrate import calibrate
from batchmark.doors.choose import choose
from batchmark.doors.claims import claims
from batchmark.doors.explain import explain
from batchmark.doors.gate import gate
from batchmark.doors.largest import largest
from batchmark.doors.nightly import nightly
from batchmark.doors.noise_scale import noise_scale
from batchmark.doors.observe import observe
from batchmark.doors.quality import quality
from batchmark.doors.releases import releases
from batchmark.doors.renamed import Renamed
from batchmark.doors.report import report
from batchmark.doors.ruler import overhead, power, ruler, table1
from batchmark.doors.schedules import schedules
from batchmark.doors.show import show
from batchmark.doors.sweep import sweep
from batchmark.doors.target import target
from batchmark.doors.termination import sigterm_as_ctrl_c
from batchmark.doors.upgrade import upgrade
from batchmark.errors import BatchmarkError, why_stopped


class _OneLineErrors(click.Group):
    """Prints what the user can mend in one line and exits 2, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            # What a terminal's encoding has no sign for, as cp1252 has none for an arrow, ends nothing.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            with sigterm_as_ctrl_c():
                return super().invoke(ctx)
        except BatchmarkError as error:
            click.echo(f"batchmark: {error}", err=True)
            ctx.exit(2)
        except OSError as error:
            if error.errno == errno.EPIPE:
                # Who read our output has enough of it: click knows.
                raise
            # A full disk, a folder without permission: whatever no room has words of its own for.
            click.echo(f"batchmark: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt as error:
            click.echo(f"batchmark: {why_stopped(error)} before there was a result", err=True)
            ctx.exit(2)


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(batchmark.__version__, prog_name="batchmark")
def main() -> None:
    """Speed and quality of neural-network training, per batch size, with intervals."""


for _verb in (
    sweep,
    show,
    report,
    largest,
    choose,
    claims,
    quality,
    target,
    noise_scale,
    observe,
    schedules,
    upgrade,
    bisect,
    explain,
    gate,
    calibrate,
    releases,
    nightly,
    ruler,
):
    main.add_command(_verb)
for _name, _verb in (("table1", table1), ("overhead", overhead), ("power", power)):
    main.add_command(Renamed(_name, _verb, now=f"batchmark ruler {_name}"))


if __name__ == "__main__":
    sys.exit(main())
