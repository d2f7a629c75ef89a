"""A headless Chromium, spoken to through a pipe in its DevTools protocol, so that no other package is needed."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 120  # seconds that an answer may take


def find_browser() -> str | None:
    """The path of a Chromium, or None where there is none. ``CHROMIUM`` names one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a running browser."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        """Everything that the browser told without being asked."""

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, path: Path, width: int, height: int = 900, dark: bool = False) -> None:
        """Opens a file in a window of ``width`` by ``height`` pixels and waits until it is loaded."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.emulate(dark=dark)
        self.events.clear()
        self.send("Page.navigate", url=path.resolve().as_uri())
        start = time.monotonic()
        while not self.value("document.readyState === 'complete' && location.protocol === 'file:'"):
            if time.monotonic() > start + PATIENCE:
                raise TimeoutError(f"{path} was not loaded")
            time.sleep(0.05)

    def emulate(self, dark: bool = False, media: str = "screen") -> None:
        """Light or dark, on a screen or on paper (``print``)."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def value(self, expression: str) -> Any:
        """The value of an expression of JavaScript; of a promise that which it comes to."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, and exceptions, since the page was opened."""
        told = []
        for event in self.events:
            parameters = event.get("params", {})
            if event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] in {"error", "warning"}:
                told.append(parameters["entry"]["text"])
            if event.get("method") == "Runtime.exceptionThrown":
                told.append(str(parameters["exceptionDetails"]))
            if event.get("method") == "Runtime.consoleAPICalled" and parameters["type"] in {"error", "warning"}:
                told.append(str(parameters["args"]))
        return told

    def attach(self) -> None:
        """Makes the page and listens to it."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._answers, 1 << 16)
            if not piece:
                raise RuntimeError("the browser has gone")
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextlib.contextmanager
def started(executable: str, profile: Path) -> Iterator[Browser]:
    """A browser with a fresh profile, for the length of the ``with``."""
    (command_end, commands), (answers, answer_end) = os.pipe(), os.pipe()

    def take_ends() -> None:  # DevTools listens at 3 and answers at 4
        os.dup2(command_end, 3, inheritable=True)
        os.dup2(answer_end, 4, inheritable=True)

    # Both may be 3 or 4 already, and then would be closed by the first dup2.
    command_end, answer_end = (os.dup2(end, 50 + number) for number, end in enumerate((command_end, answer_end)))
    options = [
        "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={profile}",
    ]  # fmt: skip
    process = subprocess.Popen(
        [executable, *options],
        preexec_fn=take_ends,
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(command_end)
    os.close(answer_end)
    browser = Browser(commands, answers)
    try:
        browser.attach()
        yield browser
    finally:
        process.kill()
        process.wait()
        os.close(commands)
        os.close(answers)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A running browser; a test that asks for it is skipped where none is installed."""
    executable = find_browser()
    if executable is None:
        pytest.skip("no Chromium is installed; `nox -s page` runs these tests where one is")
    with started(executable, tmp_path_factory.mktemp("profile")) as running:
        yield running
