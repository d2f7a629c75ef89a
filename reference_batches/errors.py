"""The error that is the user's to mend."""

from __future__ import annotations


class InputError(ValueError):
    """Something from outside (a file, a name, an option) cannot be used.

    The message is one sentence for the user: it names the file or field and says what would mend it. The command line
    prints it without a traceback and exits with code 2.
    """


def printable(name: str) -> str:
    """A name from outside as it goes into a message, which stays one line whatever the name contains."""
    return name if name.isprintable() else ascii(name)
