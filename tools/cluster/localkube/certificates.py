"""The cluster's own certificate authority, its certificates, and kubeconfig files."""

import base64
import os
import subprocess
from pathlib import Path

from .console import ClusterError
from .layout import Cluster, write_text

DAYS = "3650"


def ensure_authority(cluster: Cluster) -> None:
    """Makes the authority and the service account key, once a cluster."""
    folder = cluster.certificates
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if not (folder / "ca.crt").exists():
        key = _new_key(folder / "ca.key")
        _openssl(["req", "-x509", "-new", "-key", str(key), "-subj", f"/CN=threeport-local-{cluster.name}",
                  "-days", DAYS, "-out", str(folder / "ca.crt.new")])
        (folder / "ca.crt.new").replace(folder / "ca.crt")
    if not (folder / "service-account.key").exists():
        _new_key(folder / "service-account.key")


def ensure_certificate(cluster: Cluster, name: str, subject: str, alternative_names: str = "") -> None:
    """Makes <name>.crt and <name>.key, signed by the authority. Names as in `DNS:a,IP:b`; none for a client.

    Made afresh when subject or names differ from those of the existing certificate.
    """
    folder = cluster.certificates
    wanted = f"{subject}\n{alternative_names}\n"
    record = folder / f"{name}.subject"
    if record.exists() and record.read_text() == wanted:
        return
    key = _new_key(folder / f"{name}.key")
    request = folder / f"{name}.csr"
    _openssl(["req", "-new", "-key", str(key), "-subj", subject, "-out", str(request)])
    extensions = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature",
                  f"extendedKeyUsage={'serverAuth' if alternative_names else 'clientAuth'}"]
    if alternative_names:
        extensions.append(f"subjectAltName={alternative_names}")
    options = write_text(folder / f"{name}.extensions", "\n".join(extensions) + "\n")
    _openssl(["x509", "-req", "-in", str(request), "-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key"),
              "-set_serial", f"0x{os.urandom(15).hex()}", "-days", DAYS, "-extfile", str(options),
              "-out", str(folder / f"{name}.crt")])
    request.unlink()
    options.unlink()
    write_text(record, wanted)


def write_kubeconfig(cluster: Cluster, path: Path, client: str, server: str) -> Path:
    """A kubeconfig of one context for the client certificate `client`, everything inlined."""
    folder = cluster.certificates
    name = f"threeport-{cluster.name}"
    return write_text(path, f"""apiVersion: v1
kind: Config
clusters:
- name: {name}
  cluster:
    server: {server}
    certificate-authority-data: {_inlined(folder / 'ca.crt')}
users:
- name: {client}
  user:
    client-certificate-data: {_inlined(folder / f'{client}.crt')}
    client-key-data: {_inlined(folder / f'{client}.key')}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: {client}
current-context: {name}
""")


def _new_key(path: Path) -> Path:
    draft = path.with_name(path.name + ".new")
    _openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(draft)])
    draft.replace(path)
    return path


def _inlined(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _openssl(arguments: list[str]) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise ClusterError(f"openssl {arguments[0]} failed:\n{done.stderr.strip()}")
