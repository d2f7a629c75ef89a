"""The program ``beatgans``: its verbs, its errors and its exit codes.

0 fine, 1 the gate has proof of a regression, 2 usage or bad input, 3 the work failed, 4 the gate cannot judge, 130
interrupted (by Ctrl-C or SIGTERM), 141 nobody reads the output any more (as of ``beatgans list | true``). An error is
one sentence on stderr; ``--debug``, anywhere on the line, shows the traceback instead. No verb's module imports more
than Typer at its top, so that help comes at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import typer

from .errors import HarnessError, InterruptionError
from .verbs.ablate import ablate
from .verbs.baseline import app as baseline
from .verbs.compare import compare
from .verbs.env import env
from .verbs.evaluate import evaluate
from .verbs.export import export
from .verbs.gate import gate
from .verbs.list import list_names
from .verbs.papers import papers
from .verbs.plan import plan
from .verbs.profile import profile
from .verbs.reference import app as reference
from .verbs.report import report
from .verbs.run import run
from .verbs.sample import sample
from .verbs.show import show
from .verbs.train import train

USAGE = 2
FAILED = 3
INTERRUPTED = 130
UNREAD = 141  # 128 + SIGPIPE, as shells have it
# Typer now brings click along, where older versions import it: the base class has no import path of its own.
UsageError: type[Any] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="beatgans",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS: dict[str, Callable[..., None]] = {
    "run": run,
    "plan": plan,
    "evaluate": evaluate,
    "sample": sample,
    "profile": profile,
    "report": report,
    "papers": papers,
    "export": export,
    "compare": compare,
    "gate": gate,
    "list": list_names,
    "show": show,
    "train": train,
    "ablate": ablate,
    "env": env,
}
for name, verb in VERBS.items():
    app.command(name)(verb)
app.add_typer(baseline)
app.add_typer(reference)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"beatgans {version('beatgans')}")
        raise typer.Exit


@app.callback()
def beatgans(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; allowed after the verb too.")
    ] = False,
) -> None:
    """Benchmark diffusion models against GANs: sample, score, profile, report, gate.

    Start with: beatgans run digits
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program and returns its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"] or ["--help"]
    _bear_any_text()
    try:
        with _stopped_by_sigterm():
            # Typer makes an exit code of Ctrl-C; verbs return nothing.
            if app(arguments, prog_name="beatgans", standalone_mode=False) == INTERRUPTED:
                raise InterruptionError("interrupted")
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # Typer makes the latter of the former, and of nothing else
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be flushed goes nowhere
        return UNREAD
    except Exception as error:
        if debug:
            raise
        code, message = describe_error(error)
        print(f"beatgans: {message}", file=sys.stderr)
        return code
    return 0


def _bear_any_text() -> None:
    """Lets a terminal that knows fewer letters show question marks, where it would end a finished run with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Takes SIGTERM, with which systems and schedulers end a process, for Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def describe_error(error: Exception) -> tuple[int, str]:
    """The exit code and the sentence for an error."""
    # Imported here because NumPy takes a moment that `--help` need not.
    from ..reference_batches import InputError
    from ..reports import RecordError

    if isinstance(error, HarnessError):
        return error.exit_code, str(error)
    if isinstance(error, UsageError):
        return USAGE, _sentence(error.format_message())
    if isinstance(error, typer.Abort):
        return INTERRUPTED, "interrupted"
    if isinstance(error, InputError | RecordError):
        return USAGE, str(error)
    if isinstance(error, FloatingPointError):
        return FAILED, str(error)
    if isinstance(error, OSError):
        file = f" ({error.filename})" if error.filename else ""
        return FAILED, f"the system refused: {error.strerror}{file}"
    return FAILED, f"unexpected {type(error).__name__}: {' '.join(str(error).split())} (--debug shows where)"


def _sentence(message: str) -> str:
    """A usage error as one line in the style of all others."""
    return " ".join(message.split())
