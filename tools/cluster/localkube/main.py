"""The verbs of tools/cluster/cluster."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import control_plane, gateway, gotools, images, network, node, packages, registry, residue, standins, storage
from .console import Background, ClusterError, progress, report
from .daemons import processes, running, stop_everything
from .layout import CLUSTERS, Cluster, lock
from .loopback import fetch

DAEMONS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler",
           "docker-registry", "containerd", "kubelet", "kube-proxy", "coredns", "socat", "provisioner", "contour", "envoy")


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return arguments.verb(arguments)
    except ClusterError as error:
        report(error)
        return 1
    except KeyboardInterrupt:
        print("interrupted; `up` goes on where it stopped, `down` clears", file=sys.stderr)
        return 130


def up(arguments: argparse.Namespace) -> int:
    """Has a cluster run. Does nothing that is already done, whatever stopped an earlier attempt."""
    if foreign := _foreign_kubeconfig():
        return _check_foreign(foreign)
    cluster = Cluster(arguments.name)
    with _locked(cluster):
        profile = "control-plane" if arguments.control_plane_only else "full"
        known = cluster.settings().get("profile", profile)
        if known != profile:
            raise ClusterError(f"cluster {cluster.name} exists with profile {known}: "
                               "take it down first, or use another --name")
        if profile == "full" and os.geteuid() != 0:
            raise ClusterError("real pods need root; without it use --control-plane-only")
        cluster.remember(profile=profile, **({"notify": arguments.notify} if arguments.notify is not None else {}))
        if profile == "full":
            _up_full(cluster)
        else:
            _up_control_plane(cluster, arguments.controllers)
    progress(f"cluster {cluster.name} is up: KUBECONFIG={cluster.kubeconfig}")
    return 0


def _up_control_plane(cluster: Cluster, controllers: bool) -> None:
    kubernetes = Background(gotools.ensure, gotools.KUBERNETES)
    if shutil.which("openssl") is None:  # all that this profile needs
        packages.install_missing()
    etcd = control_plane.start_etcd(cluster)
    plane = control_plane.start_api_server(cluster, kubernetes.result(), etcd, networks=None)
    if controllers:
        control_plane.start_controllers(plane, networks=None)
        control_plane.wait_for_controllers(plane)


def _up_full(cluster: Cluster) -> None:
    packages.install_missing()  # first, since Go itself may need a package
    builds = Background(lambda: (gotools.ensure(gotools.KUBERNETES), gotools.ensure(gotools.COREDNS)))
    node.claim(cluster)
    networks = network.choose(cluster)
    network.set_up(cluster, networks)
    etcd = control_plane.start_etcd(cluster)
    registry.start(cluster)
    pushes = Background(images.push_base, registry.address(cluster))
    node.start_containerd(cluster, registry.port(cluster))
    kubernetes, coredns = builds.result()
    progress("starting the control plane")
    plane = control_plane.start_api_server(cluster, kubernetes, etcd, networks)
    control_plane.start_controllers(plane, networks)
    progress("starting the node")
    node.start_kubelet(plane, networks)
    node.start_proxy(plane, networks)
    node.start_relay(plane, networks)
    node.start_dns(plane, networks, coredns)
    storage.start(plane)
    pushes.result()
    control_plane.wait_for_controllers(plane)
    node.wait_until_ready(plane)
    if cluster.settings().get("gateway"):
        gateway.start(plane)


def down(arguments: argparse.Namespace) -> int:
    """Ends a cluster and removes everything of it except what is cached for the next one."""
    if foreign := _foreign_kubeconfig():
        progress(f"KUBECONFIG={foreign} is a cluster of yours: nothing to take down")
        return 0
    cluster = Cluster(arguments.name)
    if not cluster.exists and not processes(cluster) and not node.owns_node(cluster):
        progress(f"cluster {cluster.name} is not up")
        return 0
    with _locked(cluster):
        if node.owns_node(cluster):
            progress("ending the node and its pods")
            node.tear_down(cluster)
        progress("ending the control plane")
        stop_everything(cluster)
        residue.remove_tree(cluster.folder)
    progress(f"cluster {cluster.name} is down")
    return 0


def start_gateway(arguments: argparse.Namespace) -> int:
    """Has a Gateway API implementation run in the cluster, now and after every later `up`."""
    if foreign := _foreign_kubeconfig():
        raise ClusterError(f"KUBECONFIG={foreign} is a cluster of yours: install a gateway there, or unset KUBECONFIG")
    cluster = Cluster(arguments.name)
    with _locked(cluster):
        if cluster.settings().get("profile") != "full":
            raise ClusterError(f"cluster {cluster.name} has no node: start it with `up`")
        server = control_plane.server_of(cluster)
        gateway.start(control_plane.ControlPlane(cluster, gotools.ensure(gotools.KUBERNETES), server))
    progress(f"Gateway default/default listens at http://127.0.0.1:{gateway.port(cluster)}")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Prints what runs; 0 only if the API server answers and, with a node, the node is ready."""
    if foreign := _foreign_kubeconfig():
        return _check_foreign(foreign)
    cluster = Cluster(arguments.name)
    state = _state(cluster)
    if arguments.json:
        print(json.dumps(state, indent=2))
    elif not cluster.exists:
        print(f"cluster {cluster.name}: not up")
    else:
        print(f"cluster {cluster.name} ({state['profile']}) in {cluster.folder}")
        for key in ("server", "registry", "gateway"):
            if state[key]:
                print(f"  {key:<24} {state[key]}")
        for name, daemon in state["daemons"].items():
            print(f"  {name:<24} pid {daemon['pid']:<8} {daemon['resident_mib']:>5} MiB")
        print(f"  {'API server':<24} {'ready' if state['ready'] else 'does not answer'}")
        if state["profile"] == "full":
            print(f"  {'node':<24} {'ready' if state['node_ready'] else 'not ready'}")
    return 0 if state["ready"] and (state["profile"] != "full" or state["node_ready"]) else 1


def _state(cluster: Cluster) -> dict:
    daemons = {}
    for name in DAEMONS:
        if alive := running(cluster, name):
            pages = int(Path(f"/proc/{alive[0].pid}/statm").read_text().split()[1])
            daemons[name] = {"pid": alive[0].pid, "resident_mib": pages * os.sysconf("SC_PAGE_SIZE") // 2**20}
    settings = cluster.settings()
    ports = settings.get("ports", {})
    server = f"https://127.0.0.1:{ports['apiserver']}" if "apiserver" in ports else ""
    ready = bool(server) and control_plane.get(cluster, server, "/readyz", seconds=15)[0] == 200
    code, body = control_plane.get(cluster, server, f"/api/v1/nodes/{node.node_name(cluster)}") if ready else (0, "")
    conditions = json.loads(body).get("status", {}).get("conditions", []) if code == 200 else []
    return {"name": cluster.name, "profile": settings.get("profile", ""), "folder": str(cluster.folder),
            "kubeconfig": str(cluster.kubeconfig), "server": server, "ready": ready,
            "registry": f"127.0.0.1:{ports['registry']}" if "registry" in ports else "",
            "gateway": f"http://127.0.0.1:{ports['gateway']}" if settings.get("gateway") else "",
            "node_ready": any(c["type"] == "Ready" and c["status"] == "True" for c in conditions),
            "ports": ports, "daemons": daemons}


def env(arguments: argparse.Namespace) -> int:
    """Prints shell commands that point kubectl and the project's programs at the cluster."""
    if foreign := _foreign_kubeconfig():
        print(f"export KUBECONFIG='{foreign}'")
        return 0
    cluster = Cluster(arguments.name)
    if not cluster.kubeconfig.exists():
        raise ClusterError(f"cluster {cluster.name} is not up")
    print(f"export KUBECONFIG='{cluster.kubeconfig}'")
    if "registry" in cluster.settings().get("ports", {}):
        print(f"export TP_REGISTRY='{registry.address(cluster)}'")
    if cluster.settings().get("gateway"):
        print(f"export TP_GATEWAY='http://127.0.0.1:{gateway.port(cluster)}'")
    programs = str(gotools.KUBERNETES.folder)
    if programs not in os.environ.get("PATH", "").split(":"):
        print(f"export PATH='{programs}':\"$PATH\"")
    return 0


def push_images(arguments: argparse.Namespace) -> int:
    """Builds the images of the samples, and those that stand in for public ones, and pushes them to the registry."""
    target = arguments.registry
    if target is None and (foreign := _foreign_kubeconfig()):
        target = images.REGISTRY_NAME
        if fetch(f"http://{target}/v2/")[0] != 200:
            raise ClusterError(f"KUBECONFIG={foreign} is a cluster of yours, and there is no registry at {target}, "
                               "from where the samples pull: use --registry, or unset KUBECONFIG")
    if target is None:
        cluster = Cluster(arguments.name)
        if not running(cluster, "docker-registry"):
            raise ClusterError(f"cluster {cluster.name} has no running registry: start it with `up`, or use --registry")
        target = registry.address(cluster)
    packages.install_missing()
    for version in arguments.counter_version:
        images.push_counter(version, target)
    if not arguments.counter_version:
        images.push_base(target)
        images.push_demo(target)
        standins.push(target)
    if arguments.s3:
        standins.push_s3(target)
    return 0


def _foreign_kubeconfig() -> str | None:
    """$KUBECONFIG, unless `env` of one of our own clusters has set it."""
    path = os.environ.get("KUBECONFIG")
    if not path or Path(path).resolve().is_relative_to(CLUSTERS.resolve()):
        return None
    return path


def _check_foreign(kubeconfig: str) -> int:
    kubectl = shutil.which("kubectl") or str(gotools.ensure(gotools.KUBERNETES) / "kubectl")
    done = subprocess.run([kubectl, "--kubeconfig", kubeconfig, "version", "--request-timeout=10s", "-o", "json"],
                          capture_output=True, text=True)
    try:
        version = json.loads(done.stdout).get("serverVersion", {}).get("gitVersion")
    except ValueError:
        version = None
    if done.returncode != 0 or not version:
        raise ClusterError(f"the cluster of KUBECONFIG={kubeconfig} does not answer: {done.stderr.strip()}\n"
                           "unset KUBECONFIG to have a local one assembled")
    progress(f"using the cluster of KUBECONFIG={kubeconfig}: Kubernetes {version}")
    return 0


def _locked(cluster: Cluster):
    return lock(CLUSTERS / f".{cluster.name}.lock", f"waiting for another command on cluster {cluster.name}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cluster", description="A real Kubernetes on this machine.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def add(name: str, function) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=function.__doc__, description=function.__doc__)
        verb.add_argument("--name", default="default", help="which cluster (default: default)")
        verb.set_defaults(verb=function)
        return verb

    verb = add("up", up)
    verb.add_argument("--control-plane-only", action="store_true", help="etcd and the API server, no node; needs no root")
    verb.add_argument("--controllers", action="store_true",
                      help="with --control-plane-only: also the controller manager and the scheduler")
    verb.add_argument("--notify", metavar="URL", help="have the registry POST every push to URL; '' ends that")
    add("down", down)
    add("status", status).add_argument("--json", action="store_true", help="all of it, with process ids and ports")
    add("env", env)
    add("gateway", start_gateway)
    verb = add("images", push_images)
    verb.add_argument("--registry", metavar="HOST:PORT", help="push there instead")
    verb.add_argument("--s3", action="store_true", help="also the S3 server, which takes minutes to build")
    verb.add_argument("--counter-version", action="append", default=[], metavar="V",
                      help="only the demo application, as this version (repeatable)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
