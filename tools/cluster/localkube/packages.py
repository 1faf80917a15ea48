"""Debian packages: what is installed, and what is only unpacked into the cache.

Packages of daemons (etcd, containerd, ...) are unpacked and never installed: an
installation would start them as services of the machine, and containerd and
runc conflict with the packages of other container engines.
"""

import os
import shutil
import subprocess
from pathlib import Path

from .console import ClusterError, progress
from .layout import TOOLS, lock

LIST = Path(__file__).resolve().parents[1] / "packages.txt"


def install_missing() -> None:
    """Installs what packages.txt names and the machine lacks. Fails, naming them, if not root."""
    wanted = [line.strip() for line in LIST.read_text().splitlines() if line.strip()]
    with lock(TOOLS / ".apt.lock", "waiting for another installation"):
        missing = [name for name in wanted if not _is_installed(name)]
        if not missing:
            return
        if os.geteuid() != 0:
            raise ClusterError(f"run as root once, or: apt-get install {' '.join(missing)}")
        progress(f"installing Debian packages: {' '.join(missing)}")
        _update_lists()
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends",
              "-o", "DPkg::Lock::Timeout=300", *missing])


def unpacked(package: str) -> Path:
    """The folder that holds the package's files (`<folder>/usr/bin/...`), unpacked on first need."""
    with lock(TOOLS / ".apt.lock"):
        present = sorted(TOOLS.glob(f"{package}-[0-9]*"))
        if present:
            return present[-1]
        progress(f"unpacking Debian package {package}")
        draft = TOOLS / f".{package}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        archive = _download(package, draft)
        version = archive.name.split("_")[1].replace("%3a", ":")
        _run(["dpkg-deb", "-x", str(archive), str(draft)])
        archive.unlink()
        folder = TOOLS / f"{package}-{version}"
        draft.rename(folder)
        return folder


def program(package: str, name: str) -> str:
    """The path of a program of a package that is only unpacked."""
    path = unpacked(package) / "usr" / "bin" / name
    if not path.exists():
        path = unpacked(package) / "usr" / "sbin" / name
    if not path.exists():
        raise ClusterError(f"Debian package {package} holds no program {name}")
    return str(path)


def _download(package: str, folder: Path) -> Path:
    command = ["apt-get", "download", "-qq", package]
    if subprocess.run(command, cwd=folder, capture_output=True).returncode != 0:
        _update_lists()
        _run(command, cwd=folder)
    return next(folder.glob("*.deb"))


def _is_installed(package: str) -> bool:
    found = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True)
    return found.stdout.strip() == "installed"


def _update_lists() -> None:
    _run(["apt-get", "update", "-qq"])


def _run(command: list[str], cwd: Path | None = None) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        output = (done.stdout + done.stderr).strip().splitlines()[-15:]
        raise ClusterError(f"{' '.join(command[:3])} failed:\n" + "\n".join(output))
