"""Tables on standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

UNBOUNDED = 100_000  # columns


def print_whole(table: Table) -> None:
    """Prints a table; a narrow terminal folds its lines, and loses nothing."""
    from rich.console import Console

    console = Console()
    natural = console.measure(table, options=console.options.update(max_width=UNBOUNDED)).maximum
    console.width = max(console.width, natural)
    console.print(table)
