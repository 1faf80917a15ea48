"""Starting programs, finding them again and stopping them.

A daemon carries its cluster, its name and a digest of its definition in its
environment. Whatever died or was killed in between, /proc then tells what runs:
there are no pid files that could be stale or point at somebody else's process.
"""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .console import ClusterError, progress
from .layout import Cluster

CLUSTER_MARK = "THREEPORT_CLUSTER"
DAEMON_MARK = "THREEPORT_CLUSTER_DAEMON"


@dataclass
class Daemon:
    """A program of a cluster. `files` are configuration whose change calls for a restart."""

    name: str  # that of the program, too
    arguments: list[str]
    files: Iterable[Path] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def digest(self) -> str:
        """Changes when the program, its arguments, its environment or its files change."""
        digest = hashlib.sha256("\0".join(self.arguments).encode())
        digest.update(repr(sorted(self.environment.items())).encode())
        for path in self.files:
            digest.update(path.read_bytes())
        return digest.hexdigest()[:12]


@dataclass
class Running:
    """A process that carries a cluster's mark."""

    pid: int
    daemon: str
    digest: str
    program: str


def processes(cluster: Cluster) -> list[Running]:
    """Every live process that the cluster's daemons started, except those inside containers."""
    mark = f"{CLUSTER_MARK}={cluster.folder}".encode()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            variables = Path("/proc", entry, "environ").read_bytes().split(b"\0")
            if mark not in variables:
                continue
            program = os.readlink(f"/proc/{entry}/exe")
        except OSError:
            continue  # gone meanwhile, or somebody else's
        named = [v for v in variables if v.startswith(DAEMON_MARK.encode() + b"=")]
        name, _, digest = (named[0].decode().partition("=")[2] if named else "").partition("@")
        found.append(Running(int(entry), name, digest, program.removesuffix(" (deleted)")))
    return found


def running(cluster: Cluster, daemon: str) -> list[Running]:
    """The daemon's own processes; programs that it started itself do not count."""
    return [p for p in processes(cluster) if p.daemon == daemon and _is_main(p)]


def log_of(cluster: Cluster, daemon: str) -> Path:
    return cluster.logs / f"{daemon}.log"


def ensure(cluster: Cluster, daemon: Daemon) -> bool:
    """Has the daemon run as defined; true if it was (re)started. Does not wait until it is ready."""
    wanted = daemon.digest()
    alive = running(cluster, daemon.name)
    if alive and all(p.digest == wanted for p in alive):
        return False
    if alive:
        progress(f"restarting {daemon.name}: its configuration changed")
        stop(cluster, daemon.name)
    cluster.logs.mkdir(parents=True, exist_ok=True)
    environment = os.environ | _without_proxy() | daemon.environment | {
        CLUSTER_MARK: str(cluster.folder), DAEMON_MARK: f"{daemon.name}@{wanted}"}
    environment.pop("KUBECONFIG", None)
    with open(log_of(cluster, daemon.name), "wb") as log:
        started = subprocess.Popen(daemon.arguments, env=environment, cwd=cluster.folder, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
    # For a moment after exec the kernel shows neither arguments nor environment of the new program.
    deadline = time.monotonic() + 10
    while started.poll() is None and not running(cluster, daemon.name) and time.monotonic() < deadline:
        time.sleep(0.01)
    return True


def stop(cluster: Cluster, daemon: str, grace_seconds: float = 5) -> None:
    """Ends a daemon: politely, then by force. Returns when no process of it is left."""
    _end(lambda: running(cluster, daemon), grace_seconds)


def stop_everything(cluster: Cluster) -> None:
    """Ends whatever still carries the cluster's mark, by force."""
    _end(lambda: processes(cluster), grace_seconds=0)


def wait_until(what: str, is_done: Callable[[], bool], seconds: float, cluster: Cluster,
               daemon: str | None = None, interval: float = 0.2) -> None:
    """Blocks until `is_done()`. Fails after `seconds`, or at once when `daemon` has died, with its log."""
    log = log_of(cluster, daemon) if daemon else None
    deadline = time.monotonic() + seconds
    next_line = time.monotonic() + 10
    while True:
        # Looked at before the question is asked: a daemon that dies in between is noticed in the next round.
        died = daemon is not None and not running(cluster, daemon)
        if is_done():
            return
        if died:
            raise ClusterError(f"{daemon} stopped while waiting for {what}", log)
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not within {seconds:.0f} s", log)
        if time.monotonic() > next_line:
            progress(f"still waiting for {what}")
            next_line += 10
        time.sleep(interval)


def _is_main(process: Running) -> bool:
    # The environment is inherited by whatever a daemon starts (shims, mount, iptables): those have another name.
    try:
        first = Path("/proc", str(process.pid), "cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:
        return False
    return Path(first).name == process.daemon


def _without_proxy() -> dict[str, str]:
    """A machine behind an HTTP proxy reaches its own cluster directly."""
    direct = "127.0.0.1,localhost,10.0.0.0/8,.svc,.cluster.local"
    return {name: ",".join(filter(None, (os.environ.get(name), direct))) for name in ("NO_PROXY", "no_proxy")}


def _end(alive: Callable[[], list[Running]], grace_seconds: float) -> None:
    pids: set[int] = set()
    killing_starts = time.monotonic() + grace_seconds
    while True:
        # A process that is ending loses its environment, hence its mark, before it lets go of its ports and files.
        pids = {pid for pid in pids | {p.pid for p in alive()} if not is_gone(pid)}
        if not pids:
            return
        now = time.monotonic()
        if now > killing_starts + 15:
            raise ClusterError(f"these processes do not end even when killed: {sorted(pids)}")
        for pid in pids:
            _kill(pid, signal.SIGKILL if now >= killing_starts else signal.SIGTERM)
        time.sleep(0.1)


def is_gone(pid: int) -> bool:
    """Whether the process holds nothing any more: absent, or a zombie without threads that only waits to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state in ("Z", "X") and len(os.listdir(f"/proc/{pid}/task")) == 1
    except OSError:
        return True


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
