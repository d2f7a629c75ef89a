"""Errors that end a command, each with its exit code."""

from __future__ import annotations


class HarnessError(Exception):
    """Ends a command. The message is one sentence for the user, printed without a traceback."""

    exit_code: int


class RegressionError(HarnessError):
    """The gate has proof that a run is worse than its baseline."""

    exit_code = 1


class CannotJudgeError(HarnessError):
    """The gate cannot tell whether a run is worse than its baseline, or there is none to tell it by."""

    exit_code = 4


class RunError(HarnessError):
    """The work itself failed, through no fault of the input: a full disk, a device that gave up."""

    exit_code = 3


class InterruptionError(HarnessError):
    """The user stopped the command with Ctrl-C."""

    exit_code = 130
