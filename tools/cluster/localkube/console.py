"""What the user sees: progress lines with elapsed seconds, and clear failures."""

import os
import sys
import threading
import time
from pathlib import Path

START = time.monotonic()
_print_lock = threading.Lock()


class ClusterError(Exception):
    """A failure that the user can read. `log` is the file whose end explains it."""

    def __init__(self, message: str, log: Path | None = None):
        super().__init__(message)
        self.log = log


def progress(message: str) -> None:
    """One line on stderr, with the seconds since the program started. Thread-safe."""
    with _print_lock:
        print(f"[{time.monotonic() - START:6.1f} s] {message}", file=sys.stderr, flush=True)


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a text file; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 32768))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def report(error: ClusterError) -> None:
    """Prints an error, and the end of the log that explains it."""
    print(f"error: {error}", file=sys.stderr)
    if error.log is not None:
        print(f"--- last lines of {error.log}", file=sys.stderr)
        print(tail(error.log) or "(empty)", file=sys.stderr)


class Background:
    """Runs a function beside the rest; `result()` waits and re-raises what it raised."""

    def __init__(self, function, *arguments):
        self._value = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(function, arguments), daemon=True)
        self._thread.start()

    def _run(self, function, arguments) -> None:
        try:
            self._value = function(*arguments)
        except BaseException as error:  # handed to whoever asks for the result
            self._error = error

    def result(self):
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value
