"""``beatgans profile``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..errors import InterruptionError
from .options import Device
from .sample import BATCH_SIZE, DIFFUSION_SAMPLER, DIFFUSION_STEPS, GAN_TRUNCATION

if TYPE_CHECKING:
    from ...reports.speed_profile import SpeedProfileRecord
    from ..points import OperatingPoint

REPEATS = 10
SUITE_SUFFIXES = (".yaml", ".yml")


def profile(
    name: Annotated[
        str, typer.Argument(metavar="MODEL|SUITE", help="A model, as for sample, or a suite or its file, as for run.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="A folder for profile.json and profile.md.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the profile as JSON.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="How a model is sampled, such as steps=[5,10]; or change the suite."
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Only operating points whose ids match; repeatable.")
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, help="Images computed at once.", show_default=f"the suite's; {BATCH_SIZE} of a model"),
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Batches that are measured, after one to warm up.")] = REPEATS,
    device: Device = "auto",
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar="float32|bfloat16|float16",
            help="What diffusion models are computed in.",
            show_default="the suite's; float32 of a model",
        ),
    ] = None,
    compile_network: Annotated[bool, typer.Option("--compile", help="Compile the network first.")] = False,
    cuda_graphs: Annotated[bool, typer.Option("--cuda-graphs", help="Replay recorded batches on a GPU.")] = False,
) -> None:
    """Measure what images cost: seconds, operations, memory, energy, and where the time goes. Nothing is scored.

    Each operating point is measured in this process alone, one batch after the other, so leave the machine to it.
    """
    from ...generators.computation import Computation
    from ...reports.speed_profile import SpeedProfileRecord, speed_profile_json
    from ...reports.speed_tables import speed_markdown
    from ..device import prepare_device
    from ..environment import describe_computation
    from ..folder import make_folder
    from ..journal import now
    from ..outputs import check_outputs, write_output
    from ..points import select_points
    from ..profiling import ProfileOptions, Profiler, sampled_points
    from ..progress import Progress
    from ..weights import fetch_weights_of

    subject = _subject(name, overrides or [])
    points = sampled_points(select_points(subject.points, only or ()))
    check_outputs({"--json": json_file}, [Path(name)])
    progress = Progress()
    fetch_weights_of(points, progress)
    prepared = prepare_device(device)
    computation = Computation(dtype=dtype or subject.dtype, compile=compile_network, cuda_graphs=cuda_graphs)
    computation.check(prepared)
    if output is not None:
        make_folder(output)
    profiler = Profiler(ProfileOptions(prepared, batch_size or subject.batch_size, repeats, computation))
    measured = []
    try:
        with progress.bar("Profiling", len(points), "points") as advance:
            for point in points:
                progress.describe(f"Profiling {point.id}")
                measured.append(profiler.profile(point))
                progress.note(f"{point.id} profiled")
                advance(1)
    except KeyboardInterrupt:
        raise InterruptionError("interrupted; nothing was written") from None
    record = SpeedProfileRecord(
        name=name,
        created=now(),
        command=shlex.join(["beatgans", *sys.argv[1:]]).encode(errors="backslashreplace").decode(),
        environment={**describe_computation(prepared, 1), **vars(computation)},
        points=tuple(measured),
    )
    if output is not None:
        write_output("-o", output / "profile.json", speed_profile_json(record).encode())
        write_output("-o", output / "profile.md", speed_markdown(record).encode())
    if json_file is not None:
        write_output("--json", json_file, speed_profile_json(record).encode())
    _show(record)


class _Subject(NamedTuple):
    """What is profiled, and how unless the command line says otherwise."""

    points: tuple[OperatingPoint, ...]
    batch_size: int
    dtype: str


def _subject(name: str, overrides: list[str]) -> _Subject:
    """The operating points of a suite or of a model.

    Raises:
        InputError: there is neither, or it cannot be sampled so.
    """
    from ..overrides import apply_overrides
    from ..points import operating_points, points_of_model
    from ..suite import load_suite, parse_point

    if _is_suite(name):
        suite = load_suite(name, overrides)
        return _Subject(operating_points(suite), suite.batch_size or suite.shard_size, suite.dtype)
    tree = apply_overrides({"model": name}, overrides)
    spec = parse_point(_with_defaults(tree), f"model {name}")
    return _Subject(points_of_model(spec), BATCH_SIZE, "float32")


def _is_suite(name: str) -> bool:
    """Whether a name is that of a built-in suite, or of a file that has points, where a model's file has none."""
    from ..suite import suite_names
    from ..yaml_text import read_yaml

    if name in suite_names():
        return True
    path = Path(name)
    if path.suffix not in SUITE_SUFFIXES or not path.is_file():
        return False
    tree = read_yaml(path.read_text(encoding="utf-8", errors="replace"), name)
    return isinstance(tree, dict) and "points" in tree


def _with_defaults(tree: dict[str, Any]) -> dict[str, Any]:
    """The settings of a model, and where they are not given those that ``sample`` has."""
    from ...generators import find_model

    entry = find_model(str(tree["model"]))
    first = entry.stages[0]
    defaults: dict[str, Any] = {}
    if first.family == "diffusion":
        defaults["sampler"] = DIFFUSION_SAMPLER
        if "respacing" not in tree:
            defaults["steps"] = DIFFUSION_STEPS
    elif first.family == "gan":
        defaults["truncation"] = GAN_TRUNCATION
    if entry.family == "stack":
        sampler = tree.get("sampler", DIFFUSION_SAMPLER)
        defaults["upsampler"] = {"sampler": sampler, "steps": DIFFUSION_STEPS}
    return {**defaults, **tree}


def _show(record: SpeedProfileRecord) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ...reports.speed_tables import notes_of, speed_tables

    console = Console(width=None if sys.stdout.isatty() else 120)
    for text in speed_tables(record):
        table = Table(title=text.title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1))
        table.add_column(text.headings[0], overflow="fold")
        for heading in text.headings[1:]:
            table.add_column(heading, justify="right", no_wrap=True)
        for row in text.rows:
            table.add_row(*map(Text, row))
        console.print(table)
        print()
    for note in notes_of(record):
        print(note)
