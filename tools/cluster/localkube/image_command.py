"""The command tools/cluster/image: builds one image out of Debian packages and files."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from . import images
from .console import ClusterError, progress, report


def main() -> int:
    arguments = _parser().parse_args()
    try:
        image = _image(arguments)
        if arguments.output:
            images.write_archive(image, arguments.name, Path(arguments.output))
            progress(f"wrote {arguments.output}")
        if arguments.push:
            with tempfile.TemporaryDirectory() as folder:
                archive = Path(folder, "image.tar")
                images.write_archive(image, arguments.name, archive)
                images.push(archive, arguments.name, arguments.push)
            progress(f"pushed {arguments.push}/{arguments.name}")
    except ClusterError as error:
        report(error)
        return 1
    return 0


def _image(arguments: argparse.Namespace) -> images.Image:
    image = images.Image(
        entrypoint=_command(arguments.entrypoint, "--entrypoint"), command=_command(arguments.cmd, "--cmd"),
        environment=arguments.env, ports=[port if "/" in port else f"{port}/tcp" for port in arguments.port],
        labels=dict(_pair(label, "=", "--label") for label in arguments.label), user=arguments.user,
        working_folder=arguments.workdir)
    if arguments.busybox:
        image.add_busybox()
    for spec in arguments.binary:
        source, _, destination = spec.partition(":")
        path = shutil.which(source)
        if path is None:
            raise ClusterError(f"--binary {spec}: there is no program {source}; install its package first")
        image.add_program(Path(path), destination or f"/usr/bin/{Path(source).name}")
    for spec in arguments.compile:
        source, destination = _pair(spec, ":", "--compile")
        image.add_program(images.compile_program(_existing(source, "--compile")), _absolute(destination, "--compile"))
    for spec in arguments.file:
        source, destination = _pair(spec, ":", "--file")
        image.files[_absolute(destination, "--file")] = _existing(source, "--file")
    if not image.files:
        raise ClusterError("the image would be empty: name a --binary, --compile, --file or --busybox")
    return image


def _pair(text: str, separator: str, option: str) -> tuple[str, str]:
    left, found, right = text.partition(separator)
    if not found or not left:
        raise ClusterError(f"{option} {text}: write it as LEFT{separator}RIGHT")
    return left, right


def _existing(path: str, option: str) -> Path:
    if not Path(path).is_file():
        raise ClusterError(f"{option}: there is no file {path}")
    return Path(path)


def _absolute(path: str, option: str) -> str:
    if not path.startswith("/"):
        raise ClusterError(f"{option}: the path in the image must be absolute, not {path}")
    return path


def _command(text: str, option: str) -> list[str]:
    """A JSON list, or words separated by spaces."""
    if not text.startswith("["):
        return text.split()
    try:
        words = json.loads(text)
    except ValueError as error:
        raise ClusterError(f"{option}: not a JSON list: {error}") from error
    return [str(word) for word in words]


def _name(text: str) -> str:
    if ":" not in text.rpartition("/")[2]:
        raise argparse.ArgumentTypeError(f"{text} has no tag: write NAME:TAG")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="image", description="Builds a container image without a container engine. "
        "The same inputs give the same digest.",
        epilog="example: image demo/redis:1 --push 127.0.0.1:5000 --binary redis-check-rdb:/usr/bin/redis-server "
        "--entrypoint /usr/bin/redis-server --port 6379")
    parser.add_argument("name", metavar="NAME:TAG", type=_name)
    parser.add_argument("--push", metavar="HOST:PORT", help="push to this registry, over plain HTTP")
    parser.add_argument("--output", metavar="FILE.tar", help="write a docker-archive")
    for option, metavar, text in (
            ("--binary", "PROGRAM[:PATH]", "a program of this machine, with the libraries that it is linked with"),
            ("--compile", "FILE.cpp:PATH", "a program compiled from one C++ file, with its libraries"),
            ("--file", "FILE:PATH", "a file as it is"), ("--env", "NAME=VALUE", "an environment variable"),
            ("--port", "PORT", "a port that it listens on"), ("--label", "NAME=VALUE", "a label")):
        parser.add_argument(option, metavar=metavar, action="append", default=[], help=f"{text} (repeatable)")
    parser.add_argument("--busybox", action="store_true", help="a static busybox with all its commands")
    parser.add_argument("--entrypoint", default="", help="words, or a JSON list")
    parser.add_argument("--cmd", default="", help="words, or a JSON list")
    parser.add_argument("--user", default="")
    parser.add_argument("--workdir", default="/")
    return parser


if __name__ == "__main__":
    sys.exit(main())
