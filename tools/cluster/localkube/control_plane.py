"""etcd, the API server, the controller manager and the scheduler."""

import json
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import packages
from .certificates import ensure_authority, ensure_certificate, write_kubeconfig
from .console import ClusterError, progress
from .daemons import Daemon, ensure, log_of, running, wait_until
from .layout import Cluster
from .loopback import fetch
from .network import Networks

ADMIN = "admin"


@dataclass
class ControlPlane:
    """A running API server, and how to talk to it as its administrator."""

    cluster: Cluster
    programs: Path  # the folder of the Kubernetes programs
    server: str     # https://127.0.0.1:PORT

    def get(self, path: str, seconds: float = 5) -> tuple[int, str]:
        """Status and body of a GET; status 0 if the server does not answer."""
        return get(self.cluster, self.server, path, seconds)

    def object(self, path: str) -> dict:
        """One API object, or {} if it is not there (yet)."""
        status, body = self.get(path)
        return json.loads(body) if status == 200 else {}

    def apply(self, manifest: dict) -> None:
        """Server-side apply of one object or List."""
        command = [str(self.programs / "kubectl"), "--kubeconfig", str(self.cluster.kubeconfig), "apply",
                   "--server-side", "--force-conflicts", "--field-manager=threeport-cluster", "-f", "-"]
        done = subprocess.run(command, input=json.dumps(manifest), capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise ClusterError(f"kubectl apply failed: {done.stderr.strip()}", log_of(self.cluster, "kube-apiserver"))


def get(cluster: Cluster, server: str, path: str, seconds: float = 5) -> tuple[int, str]:
    """As ControlPlane.get, for a cluster of which only the folder is known."""
    folder = cluster.certificates
    try:
        tls = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        tls.load_cert_chain(folder / f"{ADMIN}.crt", folder / f"{ADMIN}.key")
    except OSError:
        return 0, ""  # its certificates are not made yet
    return fetch(server + path, seconds, tls)


def server_of(cluster: Cluster) -> str:
    return f"https://127.0.0.1:{cluster.port('apiserver', 6443)}"


def start_etcd(cluster: Cluster) -> str:
    """Has etcd run and answer; its client address."""
    client = f"http://127.0.0.1:{cluster.port('etcd', 2379)}"
    peer = f"http://127.0.0.1:{cluster.port('etcd-peer', 2380)}"
    etcd = Daemon("etcd", [
        packages.program("etcd-server", "etcd"), "--name=default", f"--data-dir={cluster.folder / 'etcd'}",
        f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
        # The data is thrown away with the cluster: nothing is worth an fdatasync per write.
        "--unsafe-no-fsync", "--quota-backend-bytes=4294967296", "--snapshot-count=20000",
        "--logger=zap", "--log-level=warn", "--enable-v2=false",
        "--auto-compaction-mode=periodic", "--auto-compaction-retention=5m"])
    ensure(cluster, etcd)

    def is_healthy() -> bool:
        status, body = fetch(f"{client}/health")
        return status == 200 and "true" in body

    wait_until("etcd", is_healthy, 60, cluster, "etcd")
    return client


def start_api_server(cluster: Cluster, programs: Path, etcd: str, networks: Networks | None) -> ControlPlane:
    """Has the API server run and be ready. Without `networks` there is no node that it could reach."""
    server = server_of(cluster)
    _make_certificates(cluster, networks)
    for client, path in ((ADMIN, cluster.kubeconfig),
                         ("kube-controller-manager", cluster.config / "kube-controller-manager.kubeconfig"),
                         ("kube-scheduler", cluster.config / "kube-scheduler.kubeconfig")):
        write_kubeconfig(cluster, path, client, server)
    secrets = cluster.certificates
    service_range = networks.services if networks else "10.96.0.0/16"
    # Endpoints must not be loopback addresses. With a node it is the bridge's, where a relay listens; else it
    # is an address of documentation (RFC 5737), since nobody asks for it.
    advertised = networks.gateway if networks else "192.0.2.1"
    ensure(cluster, Daemon("kube-apiserver", [
        str(programs / "kube-apiserver"), f"--etcd-servers={etcd}", "--bind-address=127.0.0.1",
        f"--secure-port={cluster.port('apiserver', 6443)}", f"--advertise-address={advertised}",
        f"--service-cluster-ip-range={service_range}", "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true", "--profiling=false",
        f"--client-ca-file={secrets / 'ca.crt'}",
        f"--tls-cert-file={secrets / 'kube-apiserver.crt'}", f"--tls-private-key-file={secrets / 'kube-apiserver.key'}",
        f"--kubelet-client-certificate={secrets / 'kubelet-client.crt'}",
        f"--kubelet-client-key={secrets / 'kubelet-client.key'}", "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={secrets / 'service-account.key'}",
        f"--service-account-signing-key-file={secrets / 'service-account.key'}",
    ], files=[secrets / "kube-apiserver.crt"]))
    plane = ControlPlane(cluster, programs, server)
    wait_until("the API server", lambda: plane.get("/readyz")[0] == 200, 180, cluster, "kube-apiserver")
    return plane


def start_controllers(plane: ControlPlane, networks: Networks | None) -> None:
    """Has the controller manager and the scheduler run."""
    cluster, secrets = plane.cluster, plane.cluster.certificates
    manager, scheduler = (cluster.config / f"{name}.kubeconfig" for name in ("kube-controller-manager", "kube-scheduler"))
    ensure(cluster, Daemon("kube-controller-manager", [
        str(plane.programs / "kube-controller-manager"), f"--kubeconfig={manager}", "--leader-elect=false",
        "--bind-address=127.0.0.1", f"--secure-port={cluster.port('controller-manager', 10257)}",
        f"--root-ca-file={secrets / 'ca.crt'}", "--use-service-account-credentials=true",
        f"--service-account-private-key-file={secrets / 'service-account.key'}",
        f"--cluster-signing-cert-file={secrets / 'ca.crt'}", f"--cluster-signing-key-file={secrets / 'ca.key'}",
        f"--service-cluster-ip-range={networks.services if networks else '10.96.0.0/16'}",
        f"--flex-volume-plugin-dir={cluster.folder / 'kubelet' / 'volume-plugins'}",
        # One machine: the default client limits would throttle hundreds of workloads arriving at once.
        "--kube-api-qps=200", "--kube-api-burst=400", "--profiling=false",
    ], files=[manager]))
    ensure(cluster, Daemon("kube-scheduler", [
        str(plane.programs / "kube-scheduler"), f"--kubeconfig={scheduler}", "--leader-elect=false",
        "--bind-address=127.0.0.1", f"--secure-port={cluster.port('scheduler', 10259)}",
        "--kube-api-qps=200", "--kube-api-burst=400", "--profiling=false",
    ], files=[scheduler]))


def wait_for_controllers(plane: ControlPlane) -> None:
    """Returns once namespaces get their service account, hence pods can be created."""
    progress("waiting for the controller manager")
    wait_until("the default service account (made by the controller manager)",
               lambda: plane.get("/api/v1/namespaces/default/serviceaccounts/default")[0] == 200,
               120, plane.cluster, "kube-controller-manager")
    if not running(plane.cluster, "kube-scheduler"):
        raise ClusterError("kube-scheduler stopped", log_of(plane.cluster, "kube-scheduler"))


def _make_certificates(cluster: Cluster, networks: Networks | None) -> None:
    names = ["DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc",
             "DNS:kubernetes.default.svc.cluster.local", "IP:127.0.0.1"]
    if networks:
        names += [f"IP:{networks.gateway}", f"IP:{networks.first_service}"]
    ensure_authority(cluster)
    ensure_certificate(cluster, "kube-apiserver", "/CN=kube-apiserver", ",".join(names))
    ensure_certificate(cluster, ADMIN, "/O=system:masters/CN=threeport-admin")
    ensure_certificate(cluster, "kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client")
    ensure_certificate(cluster, "kube-controller-manager", "/CN=system:kube-controller-manager")
    ensure_certificate(cluster, "kube-scheduler", "/CN=system:kube-scheduler")
