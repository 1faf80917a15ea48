"""The local image registry."""

import json
import os

from . import packages
from .daemons import Daemon, ensure, wait_until
from .layout import Cluster, write_text
from .loopback import fetch


def address(cluster: Cluster) -> str:
    """HOST:PORT where the registry listens; images are named 127.0.0.1:5000/… whatever the port."""
    return f"127.0.0.1:{port(cluster)}"


def port(cluster: Cluster) -> int:
    return cluster.port("registry", 5000)


def start(cluster: Cluster) -> None:
    """Has the registry run and answer. Posts every push to the settings' `notify` address, if there is one."""
    config = write_text(cluster.config / "registry.json", json.dumps(_config(cluster), indent=2))  # JSON is YAML
    ensure(cluster, Daemon("docker-registry", [
        packages.program("docker-registry", "docker-registry"), "serve", str(config)], files=[config],
        environment={"OTEL_TRACES_EXPORTER": "none"}))
    wait_until("the image registry", lambda: fetch(f"http://{address(cluster)}/v2/")[0] == 200, 60,
               cluster, "docker-registry")


def _config(cluster: Cluster) -> dict:
    notify = cluster.settings().get("notify")
    endpoints = [{"name": "threeport", "url": notify, "timeout": "2s", "threshold": 3, "backoff": "1s",
                  "ignoredmediatypes": ["application/octet-stream"]}] if notify else []
    return {
        "version": 0.1, "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(cluster.folder / "registry")}, "delete": {"enabled": True},
                    "maintenance": {"uploadpurging": {"enabled": False}}},
        "http": {"addr": address(cluster), "secret": f"local-{os.getuid()}"},
        "notifications": {"endpoints": endpoints},
        "health": {"storagedriver": {"enabled": False}},
    }
