"""The node's network: address ranges, the bridge of the pods, and the traces that pods leave in the kernel."""

import ipaddress
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .console import ClusterError
from .layout import Cluster

BRIDGE = "threeport0"
COMMENT = "threeport-cluster"
POD_RANGES = ("10.244.0.0/16", "10.245.0.0/16", "172.28.0.0/16", "192.168.240.0/20")
SERVICE_RANGES = ("10.96.0.0/16", "10.97.0.0/16", "172.29.0.0/16", "192.168.224.0/20")

# Chains of kube-proxy and of the CNI plugins.
OUR_CHAINS = re.compile(r"^(KUBE|CNI)-")
SYSCTLS = {"net/ipv4/ip_forward": "1", "net/bridge/bridge-nf-call-iptables": "1"}
KUBELETS_SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
                    "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes")


@dataclass(frozen=True)
class Networks:
    """The address ranges of a cluster with a node."""

    pods: str
    services: str

    @property
    def gateway(self) -> str:
        """The bridge's address: the node's, as pods see it."""
        return str(ipaddress.ip_network(self.pods)[1])

    @property
    def prefix(self) -> int:
        return ipaddress.ip_network(self.pods).prefixlen

    @property
    def first_service(self) -> str:
        """The cluster IP of the API server."""
        return str(ipaddress.ip_network(self.services)[1])

    @property
    def dns_service(self) -> str:
        return str(ipaddress.ip_network(self.services)[10])


def choose(cluster: Cluster) -> Networks:
    """The cluster's ranges: as chosen before, else the first that no route of the machine overlaps."""
    settings = cluster.settings()
    if "pods" not in settings:
        routes = _routes()
        cluster.remember(pods=_first_unused(POD_RANGES, routes), services=_first_unused(SERVICE_RANGES, routes))
        settings = cluster.settings()
    return Networks(settings["pods"], settings["services"])


def set_up(cluster: Cluster, networks: Networks) -> None:
    """Has forwarding on, the bridge up with its address, and traffic of pods accepted and masqueraded."""
    if shutil.which("modprobe"):
        for module in ("br_netfilter", "overlay"):  # where they are built into the kernel this fails, and is not needed
            subprocess.run(["modprobe", "-q", module], capture_output=True)
    _set_kernel(cluster)
    if not _link_exists():
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
    _run("ip", "address", "replace", f"{networks.gateway}/{networks.prefix}", "brd", "+", "dev", BRIDGE)
    _run("ip", "link", "set", BRIDGE, "up")
    if "chains" not in cluster.settings():
        cluster.remember(chains={tool: sorted(_chains(tool)) for tool in _tools()})
    for table, rule in _own_rules(networks):
        if subprocess.run(["iptables", "-w", "-t", table, "-C", *rule], capture_output=True).returncode != 0:
            _run("iptables", "-w", "-t", table, "-I", *rule)


def tear_down(cluster: Cluster) -> None:
    """Removes the bridge, all chains and rules that came with the node, and restores kernel settings."""
    settings = cluster.settings()
    if _link_exists():
        _run("ip", "link", "delete", BRIDGE)
    for tool in _tools():
        _remove_chains(tool, set(settings.get("chains", {}).get(tool, [])))
    for name, value in settings.get("sysctls", {}).items():
        Path("/proc/sys", name).write_text(value)


def _set_kernel(cluster: Cluster) -> None:
    for name in SYSCTLS:
        if not Path("/proc/sys", name).exists():
            raise ClusterError(f"the kernel has no {name}: load the module br_netfilter")
    if "sysctls" not in cluster.settings():
        present = [name for name in (*SYSCTLS, *KUBELETS_SYSCTLS) if Path("/proc/sys", name).exists()]
        cluster.remember(sysctls={name: Path("/proc/sys", name).read_text().strip() for name in present})
    for name, value in SYSCTLS.items():
        Path("/proc/sys", name).write_text(value)


def _own_rules(networks: Networks) -> list[tuple[str, list[str]]]:
    comment = ["-m", "comment", "--comment", COMMENT]
    return [
        ("nat", ["POSTROUTING", "-s", networks.pods, "!", "-d", networks.pods, *comment, "-j", "MASQUERADE"]),
        # A container engine on the same machine sets the policy of FORWARD to DROP.
        ("filter", ["FORWARD", "-i", BRIDGE, *comment, "-j", "ACCEPT"]),
        ("filter", ["FORWARD", "-o", BRIDGE, *comment, "-j", "ACCEPT"]),
    ]


def make_removal(table: str, lines: list[str], keep: set[str]) -> str:
    """The input of iptables-restore that takes our rules and chains out of a table; empty if there are none.

    `lines` is the table as iptables-save prints it; chains in `keep` (TABLE/CHAIN) are not ours.
    """
    ours = {line[1:].split()[0] for line in lines if line.startswith(":")}
    ours = {chain for chain in ours if OUR_CHAINS.match(chain) and f"{table}/{chain}" not in keep}
    rules = []
    for line in lines:
        words = line.split()
        if words[0] == "-A" and words[1] not in ours and (COMMENT in words or ours & set(words)):
            rules.append("-D" + line[2:])
    if not rules and not ours:
        return ""
    # First the rules that jump to our chains, and the chains' own, which jump to one another; then the chains.
    chains = [f"-F {chain}" for chain in sorted(ours)] + [f"-X {chain}" for chain in sorted(ours)]
    return "\n".join([f"*{table}", *rules, *chains, "COMMIT", ""])


def _remove_chains(tool: str, keep: set[str]) -> None:
    for table, lines in _saved(tool).items():
        script = make_removal(table, lines, keep)
        if not script:
            continue
        done = subprocess.run([f"{tool}-restore", "-w", "--noflush"], input=script, capture_output=True, text=True)
        if done.returncode != 0:
            raise ClusterError(f"cannot remove the node's {tool} rules of table {table}: {done.stderr.strip()}")


def _chains(tool: str) -> set[str]:
    return {f"{table}/{line[1:].split()[0]}" for table, lines in _saved(tool).items()
            for line in lines if line.startswith(":") and OUR_CHAINS.match(line[1:])}


def _saved(tool: str) -> dict[str, list[str]]:
    """The output of iptables-save, by table."""
    done = subprocess.run([f"{tool}-save"], capture_output=True, text=True)
    tables: dict[str, list[str]] = {}
    table = ""
    for line in done.stdout.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith((":", "-")):
            tables.setdefault(table, []).append(line)
    return tables


def _tools() -> list[str]:
    return [tool for tool in ("iptables", "ip6tables") if shutil.which(f"{tool}-save")]


def _routes() -> list[ipaddress.IPv4Network]:
    routes = json.loads(_run("ip", "-json", "-4", "route", "show", "table", "all") or "[]")
    found = []
    for route in routes:
        # Our own bridge may be left from a cluster that was killed; `default` overlaps with everything.
        if route.get("dev") != BRIDGE and route["dst"] != "default":
            found.append(ipaddress.ip_network(route["dst"], strict=False))
    return found


def _first_unused(ranges: tuple[str, ...], routes: list[ipaddress.IPv4Network]) -> str:
    for candidate in ranges:
        if not any(ipaddress.ip_network(candidate).overlaps(route) for route in routes):
            return candidate
    raise ClusterError(f"the machine's routes overlap with all of {', '.join(ranges)}")


def _link_exists() -> bool:
    # Not by /sys, which may show another network namespace.
    return subprocess.run(["ip", "link", "show", "dev", BRIDGE], capture_output=True).returncode == 0


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout
