"""Images that stand in for those of public registries, which a machine without the internet cannot reach.

They are pushed under the same names (docker.io/library/redis:7 as library/redis:7), and containerd asks the local
registry first whatever registry a name is of, so that profiles and Score files run unchanged. They hold what Debian
packages, and honour what the system's dependency profiles and the Score samples use.
"""

import shutil
from pathlib import Path

from . import gotools, packages
from .images import Image, push_recipe

SCRIPTS = Path(__file__).resolve().parents[1] / "standins"
POSTGRES = Path("usr/lib/postgresql/15")
# Name -> the port at which it serves HTTP, unless its user says otherwise.
WEB = {"library/nginx:latest": "80", "stefanprodan/podinfo:latest": "9898",
       "redpandadata/console:latest": "8080"}
ACCOUNTS = "root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n"


def push(registry: str) -> None:
    """Pushes all stand-ins but the S3 server, which takes minutes to build."""
    push_recipe("library/busybox:latest", _busybox, registry)
    push_recipe("library/postgres:16", _postgres, registry)
    push_recipe("library/redis:7", _redis, registry)
    for name, port in WEB.items():
        push_recipe(name, lambda port=port: _web(port), registry)


def push_s3(registry: str) -> None:
    """Pushes the S3 server, built on first need."""
    push_recipe("versity/versitygw:v1.8.0", _versitygw, registry)


def _busybox() -> Image:
    image = Image(command=["sh"])
    image.add_busybox()
    return image


def _web(port: str) -> Image:
    image = _with_entry_point("web.sh", environment=[f"WEB_PORT={port}"], ports=[f"{port}/tcp"])
    image.folders.append("/usr/share/nginx/html")
    image.add_program(Path("/usr/bin/curl"), "/usr/bin/curl")
    return image


def _redis() -> Image:
    image = _with_entry_point("redis.sh", command=["redis-server"], user="999", working_folder="/data",
                              ports=["6379/tcp"])
    image.folders.append("/data")
    # In Debian the server is the same program as redis-check-rdb, and goes by its name.
    image.add_program(Path(shutil.which("redis-check-rdb") or "/usr/bin/redis-check-rdb"), "/usr/bin/redis-server")
    image.add_program(Path(shutil.which("redis-cli") or "/usr/bin/redis-cli"), "/usr/bin/redis-cli")
    return image


def _versitygw() -> Image:
    image = _with_entry_point("versitygw.sh", ports=["7070/tcp"])
    image.add_program(gotools.ensure(gotools.VERSITYGW) / "versitygw", "/usr/bin/versitygw")
    return image


def _postgres() -> Image:
    """The server, what it loads, and its clients, of whatever version Debian has."""
    image = _with_entry_point("postgres.sh", command=["postgres"], user="999", ports=["5432/tcp"],
                              environment=["PGDATA=/var/lib/postgresql/data"])
    image.folders += ["/var/run/postgresql", "/var/lib/postgresql", "/var/lib/postgresql/data"]
    image.texts["/etc/passwd"] = ACCOUNTS
    server, client = packages.unpacked("postgresql-15"), packages.unpacked("postgresql-client-15")
    for folder, names in ((server, ("postgres", "initdb", "pg_ctl")), (client, ("psql", "pg_isready", "pg_dump"))):
        for name in names:
            image.add_program(folder / POSTGRES / "bin" / name, f"/{POSTGRES}/bin/{name}")
            image.links[f"/usr/bin/{name}"] = f"/{POSTGRES}/bin/{name}"
    for library in (server / POSTGRES / "lib").glob("*.so"):
        if not library.name.startswith(("llvmjit", "sepgsql")):
            image.add_program(library, f"/{POSTGRES}/lib/{library.name}")
    for file in (server / "usr/share/postgresql/15").rglob("*"):
        if file.is_file() and "man" not in file.parts:
            image.files[f"/usr/share/postgresql/15/{file.relative_to(server / 'usr/share/postgresql/15')}"] = file
    return image


def _with_entry_point(script: str, **options) -> Image:
    image = Image(entrypoint=["docker-entrypoint.sh"], **options)
    image.add_busybox()
    image.files["/usr/local/bin/docker-entrypoint.sh"] = SCRIPTS / script
    return image
