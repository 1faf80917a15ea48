"""The machine as a node: containerd, kubelet, kube-proxy, DNS, and a relay by which pods reach the API server."""

import json
import os
from pathlib import Path

from . import images, network, packages, residue
from .certificates import ensure_certificate, write_kubeconfig
from .console import ClusterError, progress
from .control_plane import ControlPlane
from .daemons import Daemon, ensure, processes, stop, wait_until
from .layout import NODE_RUN, Cluster, write_text
from .loopback import fetch
from .network import Networks

OWNER = NODE_RUN / "owner"
CONTAINERD_SOCKET = NODE_RUN / "containerd.sock"
DAEMONS = ("envoy", "contour", "provisioner", "kube-proxy", "coredns", "socat", "kubelet", "containerd")


def node_name(cluster: Cluster) -> str:
    return f"{cluster.name}-node"


def claim(cluster: Cluster) -> None:
    """Makes the machine this cluster's node. Fails if it is another running cluster's."""
    owner = OWNER.read_text().strip() if OWNER.exists() else ""
    if owner and owner != str(cluster.folder):
        other = Cluster(Path(owner).name)
        other.folder = Path(owner)
        if processes(other):
            raise ClusterError(
                f"this machine is already the node of the cluster in {owner}: use that one, take it down, "
                "or start this one with --control-plane-only")
        progress(f"clearing what the cluster in {owner} left on this machine")
        tear_down(other)
    write_text(OWNER, str(cluster.folder) + "\n")
    if "created" not in cluster.settings():
        cluster.remember(created=residue.fixed_folders())


def owns_node(cluster: Cluster) -> bool:
    return OWNER.exists() and OWNER.read_text().strip() == str(cluster.folder)


def start_containerd(cluster: Cluster, registry_port: int) -> None:
    """Has containerd run and answer. Images named 127.0.0.1:5000/… come from the registry at `registry_port`.

    Images of other registries are looked for there first, under the same name.
    """
    folder = cluster.config / "containerd"
    mirror = write_text(folder / "registries" / "_default" / "hosts.toml",
                        f'[host."http://127.0.0.1:{registry_port}"]\n  capabilities = ["pull", "resolve"]\n')
    host = folder / "registries" / images.REGISTRY_NAME / "hosts.toml"
    write_text(host, f'server = "http://127.0.0.1:{registry_port}"\n'
                     f'[host."http://127.0.0.1:{registry_port}"]\n  capabilities = ["pull", "resolve"]\n')
    write_text(folder / "net.d" / "10-threeport.conflist", json.dumps(_cni(cluster), indent=2))
    programs = packages.unpacked("containerd") / "usr" / "bin"
    config = write_text(folder / "config.toml", _containerd_config(cluster, folder))
    ensure(cluster, Daemon("containerd", [str(programs / "containerd"), "--config", str(config)],
                           files=[config, host, mirror, folder / "net.d" / "10-threeport.conflist"],
                           # It looks for its shim on the path first, where another version may be.
                           environment={"PATH": f"{programs}:{os.environ['PATH']}"}))
    wait_until("containerd", CONTAINERD_SOCKET.is_socket, 60, cluster, "containerd")


def start_kubelet(plane: ControlPlane, networks: Networks) -> None:
    """Has the kubelet run, registering the node. Does not wait until the node is ready."""
    cluster, name = plane.cluster, node_name(plane.cluster)
    ensure_certificate(cluster, "kubelet", f"/O=system:nodes/CN=system:node:{name}")
    kubeconfig = write_kubeconfig(cluster, cluster.config / "kubelet.kubeconfig", "kubelet", plane.server)
    config = write_text(cluster.config / "kubelet.json", json.dumps(_kubelet_config(cluster, networks), indent=2))
    ensure(cluster, Daemon("kubelet", [
        str(plane.programs / "kubelet"), f"--config={config}", f"--kubeconfig={kubeconfig}",
        f"--hostname-override={name}", f"--node-ip={networks.gateway}",
        f"--root-dir={cluster.folder / 'kubelet'}", f"--cert-dir={cluster.folder / 'kubelet' / 'pki'}",
    ], files=[config, kubeconfig]))


def start_proxy(plane: ControlPlane, networks: Networks) -> None:
    """Has kube-proxy run: cluster IPs then work, from pods and from the machine itself."""
    cluster = plane.cluster
    ensure_certificate(cluster, "kube-proxy", "/CN=system:kube-proxy")
    kubeconfig = write_kubeconfig(cluster, cluster.config / "kube-proxy.kubeconfig", "kube-proxy", plane.server)
    config = write_text(cluster.config / "kube-proxy.json", json.dumps({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
        "mode": "iptables", "clusterCIDR": networks.pods, "hostnameOverride": node_name(cluster),
        "bindAddress": networks.gateway, "clientConnection": {"kubeconfig": str(kubeconfig)},
        "conntrack": {"maxPerCore": 0, "min": 0},
        # Node ports are for this machine alone, not for its network.
        "nodePortAddresses": [f"{networks.gateway}/32"],
        "iptables": {"localhostNodePorts": False, "minSyncPeriod": "100ms", "syncPeriod": "60s"},
        "metricsBindAddress": f"127.0.0.1:{cluster.port('kube-proxy-metrics', 10249)}",
        "healthzBindAddress": f"127.0.0.1:{cluster.port('kube-proxy-health', 10256)}"}, indent=2))
    ensure(cluster, Daemon("kube-proxy", [str(plane.programs / "kube-proxy"), f"--config={config}"],
                           files=[config, kubeconfig]))


def start_relay(plane: ControlPlane, networks: Networks) -> None:
    """Has the API server, which listens on loopback only, reachable for pods at the bridge's address."""
    port = plane.cluster.port("apiserver", 6443)
    ensure(plane.cluster, Daemon("socat", [
        "socat", f"TCP-LISTEN:{port},bind={networks.gateway},fork,reuseaddr", f"TCP:127.0.0.1:{port}"]))


def start_dns(plane: ControlPlane, networks: Networks, programs: Path) -> None:
    """Has CoreDNS answer at the cluster IP of Service kube-system/kube-dns."""
    cluster = plane.cluster
    ensure_certificate(cluster, "coredns", "/CN=system:coredns")
    kubeconfig = write_kubeconfig(cluster, cluster.config / "coredns.kubeconfig", "coredns", plane.server)
    port, ready = cluster.port("dns", 1053), cluster.port("dns-ready", 8181)
    corefile = write_text(cluster.config / "Corefile", _corefile(networks, kubeconfig, port, ready))
    plane.apply(_dns_objects(networks, port))
    ensure(cluster, Daemon("coredns", [str(programs / "coredns"), "-conf", str(corefile)],
                           files=[corefile, kubeconfig]))


def wait_until_ready(plane: ControlPlane) -> None:
    """Returns when the node is Ready, cluster IPs are programmed and DNS answers."""
    cluster, path = plane.cluster, f"/api/v1/nodes/{node_name(plane.cluster)}"

    def is_ready() -> bool:
        conditions = plane.object(path).get("status", {}).get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def answers(use: str, path: str) -> bool:
        return fetch(f"http://127.0.0.1:{cluster.port(use, 0)}{path}")[0] == 200

    progress("waiting for the node")
    wait_until("the node", is_ready, 180, cluster, "kubelet")
    wait_until("kube-proxy", lambda: answers("kube-proxy-health", "/healthz"), 120, cluster, "kube-proxy")
    wait_until("DNS", lambda: answers("dns-ready", "/ready"), 120, cluster, "coredns")


def tear_down(cluster: Cluster) -> None:
    """Ends the node with all pods, and removes every trace of them from the machine."""
    for daemon in DAEMONS:
        stop(cluster, daemon)
    containers = residue.container_ids(NODE_RUN)
    residue.kill_containers(processes(cluster), containers)
    residue.unlink_shim_sockets()
    residue.unmount_below(NODE_RUN)
    residue.unmount_below(cluster.folder)
    residue.remove_cgroups(containers)
    residue.remove_node_files(cluster.folder, containers, cluster.settings().get("created", []))
    network.tear_down(cluster)
    residue.remove_tree(NODE_RUN)


def _cni(cluster: Cluster) -> dict:
    networks = network.choose(cluster)
    return {"cniVersion": "0.4.0", "name": "threeport", "plugins": [
        {"type": "bridge", "bridge": network.BRIDGE, "isGateway": True, "hairpinMode": True, "ipMasq": False,
         "ipam": {"type": "host-local", "ranges": [[{"subnet": networks.pods}]], "routes": [{"dst": "0.0.0.0/0"}],
                  "dataDir": str(NODE_RUN / "addresses")}},
        {"type": "portmap", "capabilities": {"portMappings": True}}]}


def _containerd_config(cluster: Cluster, folder: Path) -> str:
    runc = packages.program("runc", "runc")
    plugins = packages.unpacked("containernetworking-plugins") / "usr" / "lib" / "cni"
    return f"""version = 2
root = "{cluster.folder / 'containerd'}"
state = "{NODE_RUN / 'containerd'}"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "{CONTAINERD_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{cluster.folder / 'containerd' / 'opt'}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{images.PAUSE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{residue.snapshotter_for(cluster.folder)}"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "{runc}"
        Root = "{NODE_RUN / 'runc'}"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{folder / 'net.d'}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{folder / 'registries'}"
"""


def _kubelet_config(cluster: Cluster, networks: Networks) -> dict:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "address": networks.gateway, "port": cluster.port("kubelet", 10250), "readOnlyPort": 0, "healthzPort": 0,
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                           "x509": {"clientCAFile": str(cluster.certificates / "ca.crt")}},
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "clusterDNS": [networks.dns_service], "clusterDomain": "cluster.local", "resolvConf": _resolv_conf(),
        "podLogsDir": str(cluster.folder / "pods"), "volumePluginDir": str(cluster.folder / "kubelet" / "volume-plugins"),
        # Works on cgroup v1 and v2, with systemd or without, and inside containers and small virtual machines.
        "cgroupDriver": "cgroupfs", "cgroupsPerQOS": False, "enforceNodeAllocatable": [],
        "failCgroupV1": False, "failSwapOn": False, "featureGates": {"KubeletInUserNamespace": True},
        "localStorageCapacityIsolation": False, "makeIPTablesUtilChains": False,
        # A developer's disk is often nearly full, and there is nowhere to fetch a collected image from again.
        "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
        "maxPods": 250, "serializeImagePulls": False, "registryPullQPS": 0, "registryBurst": 0,
    }


def _resolv_conf() -> str:
    # systemd-resolved's stub at 127.0.0.53 cannot be reached from a pod.
    direct = Path("/run/systemd/resolve/resolv.conf")
    return str(direct) if direct.exists() else "/etc/resolv.conf"


def _corefile(networks: Networks, kubeconfig: Path, port: int, ready: int) -> str:
    text = f"""cluster.local:{port} in-addr.arpa:{port} {{
    bind {networks.gateway}
    errors
    ready 127.0.0.1:{ready}
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
        ttl 5
    }}
}}
"""
    resolver = Path(_resolv_conf())
    if any(line.split()[:1] == ["nameserver"] for line in resolver.read_text().splitlines()):
        text += f".:{port} {{\n    bind {networks.gateway}\n    errors\n    forward . {resolver}\n    cache 30\n}}\n"
    return text


def _dns_objects(networks: Networks, port: int) -> dict:
    labels = {"k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"}
    read = [{"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]}]
    protocols = [("dns", "UDP"), ("dns-tcp", "TCP")]
    return {"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
         "metadata": {"name": "system:coredns"}, "rules": read},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
         "metadata": {"name": "system:coredns"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
         "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "system:coredns"}]},
        {"apiVersion": "v1", "kind": "Service",
         "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
         "spec": {"clusterIP": networks.dns_service,
                  "ports": [{"name": name, "port": 53, "protocol": kind, "targetPort": port} for name, kind in protocols]}},
        # No selector: CoreDNS is a process of the machine, not a pod.
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
         "metadata": {"name": "kube-dns", "namespace": "kube-system",
                      "labels": {"kubernetes.io/service-name": "kube-dns"}},
         "endpoints": [{"addresses": [networks.gateway], "conditions": {"ready": True}}],
         "ports": [{"name": name, "port": port, "protocol": kind} for name, kind in protocols]}]}
