"""Container images out of Debian packages and files, without a container engine.

An image is one layer and a configuration, written as a docker-archive. The same
inputs give the same bytes, hence the same digest.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from . import packages
from .console import ClusterError, progress
from .layout import IMAGES, REPOSITORY, TOOLS, lock
from .loopback import fetch

# By this name containerd pulls from the local registry, on whatever port that one listens.
REGISTRY_NAME = "127.0.0.1:5000"
PAUSE = f"{REGISTRY_NAME}/pause:1"
COUNTER_VERSIONS = ("1", "2")
EPOCH = "2024-01-01T00:00:00Z"


@dataclass
class Image:
    """What an image holds and runs. `files` maps absolute paths in the image to files of this machine."""

    files: dict[str, Path] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # path in the image -> its content
    links: dict[str, str] = field(default_factory=dict)  # path in the image -> target
    folders: list[str] = field(default_factory=lambda: ["/tmp"])
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)  # NAME=VALUE
    ports: list[str] = field(default_factory=list)        # 80/tcp
    labels: dict[str, str] = field(default_factory=dict)
    user: str = ""
    working_folder: str = "/"

    def add_program(self, source: Path, destination: str) -> None:
        """Adds a program with the libraries that it is linked with, at the paths where its loader looks."""
        self.files[destination] = source.resolve()
        for path in _libraries(source):
            self.files[path] = Path(path).resolve()

    def add_busybox(self) -> None:
        """Adds the static busybox, with a link for each of its commands."""
        busybox = packages.unpacked("busybox-static") / "bin" / "busybox"
        self.files["/bin/busybox"] = busybox
        listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
        self.links |= {f"/bin/{command}": "busybox" for command in listed if command != "busybox"}


def write_archive(image: Image, name: str, path: Path) -> str:
    """Writes the image as a docker-archive under `name` (REPOSITORY:TAG), atomically; the digest of its configuration."""
    layer = _layer(image)
    digest = hashlib.sha256(layer).hexdigest()
    config = json.dumps({
        "architecture": _architecture(), "os": "linux", "created": EPOCH,
        "config": {"Entrypoint": image.entrypoint or None, "Cmd": image.command or None, "User": image.user,
                   "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", *image.environment], "Labels": image.labels,
                   "WorkingDir": image.working_folder, "ExposedPorts": {port: {} for port in image.ports}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": EPOCH, "created_by": "tools/cluster/image"}]}, sort_keys=True).encode()
    config_digest = hashlib.sha256(config).hexdigest()
    config_name = f"{config_digest}.json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}]).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with tarfile.open(draft, "w") as archive:
        for member, content in ((f"{digest}/layer.tar", layer), (config_name, config), ("manifest.json", manifest)):
            _add(archive, member, content)
    draft.replace(path)
    return f"sha256:{config_digest}"


def push(archive: Path, reference: str, registry: str) -> None:
    """Pushes a docker-archive as `reference` (NAME:TAG) to the registry at HOST:PORT, over plain HTTP."""
    done = subprocess.run(
        ["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false", f"docker-archive:{archive}",
         f"docker://{registry}/{reference}"],
        capture_output=True, text=True, timeout=300, env=os.environ | {"NO_PROXY": "127.0.0.1,localhost"})
    if done.returncode != 0:
        raise ClusterError(f"cannot push {reference} to {registry}: {done.stderr.strip()}")


def push_base(registry: str) -> None:
    """Pushes pause and busybox: what the cluster itself and the smallest sample need."""
    push_recipe("pause:1", _pause, registry)
    push_recipe("busybox:1", _busybox, registry)


def push_demo(registry: str) -> None:
    """Pushes redis and the versions of the demo application."""
    push_recipe("demo/redis:1", _redis, registry)
    for version in COUNTER_VERSIONS:
        push_counter(version, registry)


def push_counter(version: str, registry: str) -> None:
    """Builds the demo application, compiled on first need, as demo/counter:<version>, and pushes it."""
    push_recipe(f"demo/counter:{version}", lambda: _counter(version), registry)


def push_recipe(reference: str, recipe, registry: str) -> None:
    """Pushes the image that `recipe` describes as `reference` (NAME:TAG), if the registry does not hold it."""
    archive = IMAGES / (reference.replace("/", "_").replace(":", "-") + ".tar")
    with lock(IMAGES / ".lock"):
        config = write_archive(recipe(), reference, archive)
        # Pushing what is there already would only tell those who listen to the registry about nothing new.
        if not _holds(registry, reference, config):
            push(archive, reference, registry)
    progress(f"image {REGISTRY_NAME}/{reference}")


def _holds(registry: str, reference: str, config_digest: str) -> bool:
    name, _, tag = reference.rpartition(":")
    status, manifest = fetch(f"http://{registry}/v2/{name}/manifests/{tag}",
                             accept="application/vnd.docker.distribution.manifest.v2+json")
    return status == 200 and json.loads(manifest).get("config", {}).get("digest") == config_digest


def _pause() -> Image:
    image = Image(entrypoint=["/bin/sleep", "infinity"])
    image.files["/bin/busybox"] = packages.unpacked("busybox-static") / "bin" / "busybox"
    image.links["/bin/sleep"] = "busybox"
    return image


def _busybox() -> Image:
    image = Image(command=["/bin/sh"])
    image.add_busybox()
    return image


def _redis() -> Image:
    # In Debian the server is the same program as redis-check-rdb, and goes by its name.
    source = Path(shutil.which("redis-check-rdb") or "/usr/bin/redis-check-rdb")
    image = Image(entrypoint=["/usr/bin/redis-server"], working_folder="/tmp", ports=["6379/tcp"], user="65532",
                  command=["--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no"])
    image.add_busybox()
    image.add_program(source, "/usr/bin/redis-server")
    return image


def _counter(version: str) -> Image:
    image = Image(entrypoint=["/usr/bin/counter"], ports=["8080/tcp"], user="65532",
                  environment=[f"VERSION={version}"], labels={"org.opencontainers.image.version": version})
    image.add_program(compile_program(REPOSITORY / "samples" / "counter" / "counter.cpp"), "/usr/bin/counter")
    return image


def compile_program(source: Path) -> Path:
    """A program compiled from one C++ file; kept by the content of that file. It needs the C library alone.

    That one stays dynamic: linked statically it cannot resolve names.
    """
    program = TOOLS / "compiled" / f"{source.stem}-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}"
    if not program.exists():
        progress(f"compiling {source.name}")
        program.parent.mkdir(parents=True, exist_ok=True)
        draft = program.with_suffix(".new")
        done = subprocess.run(["g++", "-std=c++20", "-Os", "-s", "-static-libstdc++", "-static-libgcc",
                               "-Wall", "-Wextra", "-o", draft, source],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise ClusterError(f"compiling {source} failed:\n{done.stderr[-3000:]}")
        draft.replace(program)
    return program


def _libraries(program: Path) -> list[str]:
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True)
    if done.returncode != 0:
        return []  # static
    if "not found" in done.stdout:
        raise ClusterError(f"{program} needs libraries that are not installed:\n{done.stdout}")
    return re.findall(r"(?:=> |^\s)(/\S+)", done.stdout, re.MULTILINE)


def _layer(image: Image) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        paths = {*image.files, *image.texts, *image.links, *image.folders}
        parents = {str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"}
        for folder in sorted(parents | set(image.folders)):
            info = tarfile.TarInfo(folder.lstrip("/"))
            info.type, info.mode = tarfile.DIRTYPE, 0o1777 if folder in image.folders else 0o755
            archive.addfile(info)
        for path, source in sorted(image.files.items()):
            _add(archive, path.lstrip("/"), source.read_bytes(), 0o755 if os.access(source, os.X_OK) else 0o644)
        for path, text in sorted(image.texts.items()):
            _add(archive, path.lstrip("/"), text.encode())
        for path, target in sorted(image.links.items()):
            info = tarfile.TarInfo(path.lstrip("/"))
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), mode
    archive.addfile(info, io.BytesIO(content))


def _architecture() -> str:
    machine = os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
