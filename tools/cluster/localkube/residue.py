"""What containers leave on a machine when they are not asked to leave: processes, mounts, cgroups, files."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .console import ClusterError
from .daemons import Running

SHIM_SOCKETS = Path("/run/containerd/s")  # compiled into containerd's shims


def kill_containers(marked: list[Running], cgroup: str) -> None:
    """Ends the shims among `marked`, everything below them, and whatever runs in the node's cgroups."""
    deadline = time.monotonic() + 20
    shims = [p.pid for p in marked if Path(p.program).name.startswith("containerd-shim")]
    victims = _descendants(shims) | set(shims)
    while True:
        victims = {pid for pid in victims if _is_alive(pid)} | _pids_in(cgroup)
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


def unlink_shim_sockets(run: Path) -> None:
    """Removes the sockets of the shims that were started below `run`; must come before `run` is removed."""
    for address in run.glob("containerd/io.containerd.runtime.v2.task/*/*/address"):
        socket = Path(address.read_text().strip().removeprefix("unix://"))
        if socket.parent == SHIM_SOCKETS:
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


def remove_cgroups(name: str) -> None:
    """Removes the cgroup `name` of every hierarchy, with all below it."""
    deadline = time.monotonic() + 10
    while roots := _cgroup_roots(name):
        for root in roots:
            for folder, _, _ in os.walk(root, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError as error:
                    # The kernel lets go of a cgroup a moment after its last process.
                    if time.monotonic() > deadline:
                        raise ClusterError(f"cannot remove cgroup {folder}: {error.strerror}") from error
                    time.sleep(0.05)


def remove_node_files(cluster_folder: Path) -> None:
    """Removes what kubelet and the CNI library write to fixed places outside the cluster's folder."""
    for link in Path("/var/log/containers").glob("*.log"):
        if link.is_symlink() and os.readlink(link).startswith(str(cluster_folder)):
            link.unlink()
    for record in Path("/var/lib/cni/results").glob("threeport-*"):
        record.unlink()
    for folder in ("/var/log/containers", "/var/lib/cni/results", "/var/lib/cni",
                   "/var/lib/kubelet/device-plugins", "/var/lib/kubelet"):
        try:
            (Path(folder) / "kubelet_internal_checkpoint").unlink(missing_ok=True)
            os.rmdir(folder)
        except OSError:
            pass  # absent, or used by somebody else too


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


def _cgroup_roots(name: str) -> list[Path]:
    roots = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        path = Path(mount.split()[4]) / name
        if kind.startswith("cgroup") and path.is_dir():
            roots.append(path)
    return roots


def _pids_in(cgroup: str) -> set[int]:
    pids: set[int] = set()
    for root in _cgroup_roots(cgroup):
        for file in root.rglob("cgroup.procs"):
            try:
                pids.update(int(pid) for pid in file.read_text().split())
            except OSError:
                continue  # the container, and with it its cgroup, ended meanwhile
    return {pid for pid in pids if _is_alive(pid)}


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


def _is_alive(pid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] not in ("Z", "X")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; [] if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
