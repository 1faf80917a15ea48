"""Storage: the default storage class `standard`, whose volumes are folders of the machine.

This file is also the program of the daemon `provisioner`, which makes a volume once a pod waits for its claim, and
removes it with its folder when the claim is gone. As on most clusters, a claim that no pod uses stays Pending.
"""

import json
import shutil
import sys
import time
import urllib.request
from pathlib import Path

CLASS, PROVISIONER = "standard", "threeport.io/folder"
CLAIMS, VOLUMES = "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes"


def start(plane) -> None:
    """Has the storage class exist and the provisioner run."""
    from .certificates import ensure_certificate
    from .daemons import Daemon, ensure

    cluster = plane.cluster
    plane.apply({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": PROVISIONER,
                 "metadata": {"name": CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                 "reclaimPolicy": "Delete", "volumeBindingMode": "WaitForFirstConsumer"})
    ensure_certificate(cluster, "provisioner", "/O=system:masters/CN=provisioner")
    program = cluster.config / "provisioner"  # daemons go by the name of their program
    if not program.is_symlink():
        program.symlink_to(sys.executable)
    ensure(cluster, Daemon("provisioner", [str(program), "-B", __file__, plane.server, str(cluster.certificates),
                                           str(cluster.folder / "volumes")], files=[Path(__file__)]))


def make_volume(claim: dict, folder: Path) -> dict:
    """The volume that is bound to a claim."""
    uid, spec = claim["metadata"]["uid"], claim["spec"]
    return {"apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": f"pvc-{uid}", "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
            "spec": {"capacity": {"storage": spec["resources"]["requests"]["storage"]}, "storageClassName": CLASS,
                     "accessModes": spec["accessModes"], "persistentVolumeReclaimPolicy": "Delete",
                     "hostPath": {"path": str(folder / f"pvc-{uid}"), "type": "Directory"},
                     "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "uid": uid,
                                  "namespace": claim["metadata"]["namespace"], "name": claim["metadata"]["name"]}}}


def is_awaited(claim: dict) -> bool:
    """A pod that uses the claim has got its node, and there is no volume yet."""
    return (claim["spec"].get("storageClassName") == CLASS and not claim["spec"].get("volumeName")
            and "volume.kubernetes.io/selected-node" in claim["metadata"].get("annotations", {}))


def is_left(volume: dict) -> bool:
    """One of ours whose claim is gone."""
    return (volume["metadata"].get("annotations", {}).get("pv.kubernetes.io/provisioned-by") == PROVISIONER
            and volume.get("status", {}).get("phase") in ("Released", "Failed"))


class Provisioner:
    """Talks to the API server; each round closes the gap between claims and folders."""

    def __init__(self, server: str, certificates: Path, folder: Path):
        import ssl
        tls = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        tls.load_cert_chain(certificates / "provisioner.crt", certificates / "provisioner.key")
        self._server, self._folder = server, folder
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                   urllib.request.HTTPSHandler(context=tls))

    def round(self) -> None:
        volumes = self._call("GET", VOLUMES + "?resourceVersion=0")["items"]
        present = {volume["metadata"]["name"] for volume in volumes}
        for claim in self._call("GET", CLAIMS + "?resourceVersion=0")["items"]:
            if is_awaited(claim) and f"pvc-{claim['metadata']['uid']}" not in present:
                volume = make_volume(claim, self._folder)
                path = Path(volume["spec"]["hostPath"]["path"])
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(0o777)  # for containers of any user: the kubelet does not change owners of such folders
                self._call("POST", VOLUMES, volume)
                print(f"made {path.name} for {claim['metadata']['namespace']}/{claim['metadata']['name']}", flush=True)
        for volume in filter(is_left, volumes):
            shutil.rmtree(volume["spec"]["hostPath"]["path"], ignore_errors=True)
            self._call("DELETE", f"{VOLUMES}/{volume['metadata']['name']}")
            print(f"removed {volume['metadata']['name']}", flush=True)

    def _call(self, method: str, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(self._server + path, method=method,
                                         data=json.dumps(body).encode() if body else None,
                                         headers={"Content-Type": "application/json"})
        with self._opener.open(request, timeout=10) as answer:
            return json.load(answer)


def main() -> None:
    provisioner = Provisioner(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    while True:
        try:
            provisioner.round()
        except OSError as error:  # also every answer that is an error: the next round looks again
            print(f"will try again: {error}", flush=True)
        time.sleep(0.5)


if __name__ == "__main__":
    main()
