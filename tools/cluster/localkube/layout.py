"""Where everything is: caches shared by all clusters, and one folder a cluster.

    $HOME/.cache/threeport/tools/<name>-<version>/   programs, built or unpacked once
    $HOME/.cache/threeport/images/                   image archives
    ${TP_CLUSTER_DIR:-$HOME/.cache/threeport/cluster}/<cluster>/   state, logs, kubeconfig
    /run/threeport-node/                             containerd's sockets and mounts
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
from pathlib import Path

from .console import ClusterError, progress

CACHE = Path.home() / ".cache" / "threeport"
TOOLS = CACHE / "tools"
IMAGES = CACHE / "images"
CLUSTERS = Path(os.environ.get("TP_CLUSTER_DIR") or CACHE / "cluster").absolute()
REPOSITORY = Path(__file__).resolve().parents[3]

# The node's volatile state is the machine's, not a cluster's: there is one kubelet a machine, unix
# socket paths are limited to 107 bytes, and containerd expects this folder to be empty after a boot.
NODE_RUN = Path("/run/threeport-node")


class Cluster:
    """The folder of one cluster. Creates nothing by itself."""

    def __init__(self, name: str):
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name):
            raise ClusterError(f"--name {name!r}: use 1 to 32 lower-case letters, digits and inner dashes")
        self.name = name
        self.folder = CLUSTERS / name
        self.logs = self.folder / "logs"
        self.config = self.folder / "config"
        self.certificates = self.folder / "certificates"
        self.kubeconfig = self.folder / "kubeconfig"
        self._settings = self.folder / "settings.json"

    @property
    def exists(self) -> bool:
        return self.folder.is_dir()

    def settings(self) -> dict:
        """What earlier `up`s decided (ports, profile, networks); empty for a new cluster."""
        try:
            return json.loads(self._settings.read_text())
        except (OSError, ValueError):
            return {}

    def remember(self, **settings) -> None:
        """Merges decisions into the settings, atomically."""
        write_text(self._settings, json.dumps(self.settings() | settings, indent=2) + "\n")

    def port(self, use: str, preferred: int) -> int:
        """The TCP port for `use`: as chosen before, else `preferred` if it is free, else any free one."""
        ports = self.settings().get("ports", {})
        if use not in ports:
            with lock(CLUSTERS / ".ports.lock"):
                ports[use] = _free_port(preferred, _reserved_ports())
                self.remember(ports=ports)
        return ports[use]

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=False)


def all_clusters() -> list[Cluster]:
    """Every cluster that has a folder, by name."""
    if not CLUSTERS.is_dir():
        return []
    return [Cluster(entry.name) for entry in sorted(CLUSTERS.iterdir()) if entry.is_dir()]


def write_text(path: Path, text: str, mode: int = 0o600) -> Path:
    """Writes a file atomically, so that a kill leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.chmod(mode)
    draft.replace(path)
    return path


@contextlib.contextmanager
def lock(path: Path, busy: str = ""):
    """Holds an exclusive lock between processes; says `busy` once if it has to wait.

    The kernel drops the lock when the holder dies, however it dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy:
                progress(busy)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _reserved_ports() -> set[int]:
    return {port for cluster in all_clusters() for port in cluster.settings().get("ports", {}).values()}


def _free_port(preferred: int, reserved: set[int]) -> int:
    if preferred not in reserved and _can_bind(preferred):
        return preferred
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in reserved:
            return port
    raise ClusterError("no free TCP port found on 127.0.0.1")


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            # The wildcard address also collides with a listener on any one address.
            probe.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False
