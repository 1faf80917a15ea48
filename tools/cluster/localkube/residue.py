"""What containers leave on a machine when they are not asked to leave: processes, mounts, cgroups, files."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .console import ClusterError
from .daemons import Running, is_gone

SHIM_SOCKETS = Path("/run/containerd/s")  # compiled into containerd's shims
FIXED_FOLDERS = ("/var/lib/kubelet", "/var/lib/cni", "/var/log/containers")


def container_ids(run: Path) -> set[str]:
    """The containers that containerd with its state below `run` keeps; their cgroups go by the same names."""
    return {bundle.name for bundle in run.glob("containerd/io.containerd.runtime.v2.task/*/*")}


def kill_containers(marked: list[Running], containers: set[str]) -> None:
    """Ends the shims among `marked`, everything below them, and whatever runs in the containers' cgroups."""
    deadline = time.monotonic() + 20
    shims = [p.pid for p in marked if Path(p.program).name.startswith("containerd-shim")]
    victims = _descendants(shims) | set(shims)
    while True:
        victims = {pid for pid in victims | _pids_in(containers) if not is_gone(pid)}
        if not victims:
            return
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if time.monotonic() > deadline:
            raise ClusterError(f"processes of pods do not end even when killed: {sorted(victims)}")
        time.sleep(0.05)


def unlink_shim_sockets() -> None:
    """Removes the sockets of shims at which nobody listens any more."""
    listening = Path("/proc/net/unix").read_text()
    for socket in SHIM_SOCKETS.glob("*"):
        if str(socket) not in listening:
            socket.unlink(missing_ok=True)
    for folder in (SHIM_SOCKETS, SHIM_SOCKETS.parent):
        try:
            folder.rmdir()  # only if it is empty: another containerd may use it
        except OSError:
            return


def unmount_below(folder: Path) -> None:
    """Unmounts everything at or below `folder`, innermost first."""
    for _ in range(3):  # a mount point can carry several mounts
        points = _mounts_below(folder)
        if not points:
            return
        for point in reversed(points):
            subprocess.run(["umount", "-l", point], capture_output=True)
    if left := _mounts_below(folder):
        raise ClusterError(f"cannot unmount {left[0]}")


def remove_cgroups(containers: set[str]) -> None:
    """Removes the containers' cgroups of every hierarchy, and the folder above them when it is empty."""
    deadline = time.monotonic() + 10
    for root in _cgroup_roots():
        for container in containers:
            while (root / container).is_dir() and time.monotonic() < deadline:
                _remove_cgroup(root / container)
        _remove_cgroup(root)
        if left := [container for container in containers if (root / container).is_dir()]:
            raise ClusterError(f"cannot remove cgroup {root / left[0]}")


def _remove_cgroup(top: Path) -> None:
    try:
        for folder, _, _ in os.walk(top, topdown=False):
            os.rmdir(folder)
    except OSError:
        time.sleep(0.05)  # the kernel lets go of a cgroup a moment after its last process


def fixed_folders() -> list[str]:
    """Those of the folders that kubelet and the CNI library insist on which do not exist now."""
    return [folder for folder in FIXED_FOLDERS if not Path(folder).exists()]


def remove_node_files(cluster_folder: Path, containers: set[str], created: list[str]) -> None:
    """Removes what kubelet and the CNI library wrote to fixed places; whole folders if they are in `created`."""
    for link in Path("/var/log/containers").glob("*.log"):
        if link.is_symlink() and os.readlink(link).startswith(str(cluster_folder)):
            link.unlink()
    for container in containers:
        for record in Path("/var/lib/cni/results").glob(f"*-{container}-*"):
            record.unlink()
    for folder in created:
        remove_tree(Path(folder))


def remove_tree(folder: Path) -> None:
    """Removes a folder with all below it, unless something is mounted there: that would empty the mount."""
    if mounts := _mounts_below(folder):
        raise ClusterError(f"not removing {folder}: {mounts[0]} is still mounted")
    if folder.exists():
        shutil.rmtree(folder)


def snapshotter_for(folder: Path) -> str:
    """containerd's snapshotter for a folder: overlayfs cannot stand on another overlay (inside containers)."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True).stdout.strip()
    return "native" if kind == "overlayfs" else "overlayfs"


def _mounts_below(folder: Path) -> list[str]:
    points = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = line.split()[4].encode().decode("unicode_escape")  # spaces are written \040
        if Path(point).is_relative_to(folder):
            points.append(point)
    return points


def _cgroup_roots() -> list[Path]:
    """The folder of containerd's Kubernetes containers in every cgroup hierarchy. Other engines may share it."""
    roots = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        path = Path(mount.split()[4]) / "k8s.io"
        if kind.startswith("cgroup") and path.is_dir():
            roots.append(path)
    return roots


def _pids_in(containers: set[str]) -> set[int]:
    pids: set[int] = set()
    for root in _cgroup_roots():
        for file in (file for container in containers for file in (root / container).rglob("cgroup.procs")):
            try:
                pids.update(int(pid) for pid in file.read_text().split())
            except OSError:
                continue  # the container, and with it its cgroup, ended meanwhile
    return pids


def _descendants(roots: list[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := _stat(int(entry))):
            children.setdefault(int(stat[1]), []).append(int(entry))
    found: set[int] = set()
    queue = list(roots)
    while queue:
        for child in children.get(queue.pop(), []):
            if child not in found:
                found.add(child)
                queue.append(child)
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; [] if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
