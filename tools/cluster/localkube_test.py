#!/usr/bin/env python3
"""Tests of the local cluster's tools that need neither a cluster nor root."""

import hashlib
import io
import json
import os
import signal
import socket
import sys
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory()
os.environ["TP_CLUSTER_DIR"] = FOLDER.name
os.environ.pop("KUBECONFIG", None)
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from localkube import daemons, images, main, network, storage  # noqa: E402
from localkube.console import ClusterError  # noqa: E402
from localkube.layout import Cluster  # noqa: E402


class Names(unittest.TestCase):
    def test_a_name_that_is_not_a_folder_of_its_own_is_refused(self):
        for name in ("", "..", "a/b", "A", "-a", "a" * 33):
            with self.assertRaisesRegex(ClusterError, "lower-case letters"):
                Cluster(name)


class Ports(unittest.TestCase):
    def test_a_taken_port_is_avoided_and_the_choice_is_remembered(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            preferred = taken.getsockname()[1]
            chosen = Cluster("ports-a").port("apiserver", preferred)
        self.assertNotEqual(chosen, preferred)
        self.assertEqual(Cluster("ports-a").port("apiserver", preferred), chosen)

    def test_a_port_of_another_cluster_is_avoided_even_while_that_one_is_stopped(self):
        first = Cluster("ports-b").port("etcd", 0)
        self.assertNotEqual(Cluster("ports-c").port("etcd", first), first)


class Daemons(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster("daemons")
        self.addCleanup(daemons.stop_everything, self.cluster)

    def pids(self):
        return [p.pid for p in daemons.running(self.cluster, "sleep")]

    def test_a_running_daemon_is_left_alone_and_a_changed_one_is_restarted(self):
        self.assertTrue(daemons.ensure(self.cluster, daemons.Daemon("sleep", ["sleep", "1000"])))
        before = self.pids()
        self.assertEqual(len(before), 1)
        self.assertFalse(daemons.ensure(self.cluster, daemons.Daemon("sleep", ["sleep", "1000"])))
        self.assertEqual(self.pids(), before)
        self.assertTrue(daemons.ensure(self.cluster, daemons.Daemon("sleep", ["sleep", "1001"])))
        self.assertEqual(len(self.pids()), 1)
        self.assertNotEqual(self.pids(), before)

    def test_a_changed_configuration_file_restarts_the_daemon(self):
        config = Path(FOLDER.name, "config")
        config.write_text("a")
        daemon = daemons.Daemon("sleep", ["sleep", "1000"], files=[config])
        self.assertTrue(daemons.ensure(self.cluster, daemon))
        self.assertFalse(daemons.ensure(self.cluster, daemon))
        config.write_text("b")
        self.assertTrue(daemons.ensure(self.cluster, daemon))

    def test_a_killed_daemon_is_started_again(self):
        daemon = daemons.Daemon("sleep", ["sleep", "1000"])
        daemons.ensure(self.cluster, daemon)
        killed = self.pids()[0]
        os.kill(killed, signal.SIGKILL)
        os.waitpid(killed, 0)
        self.assertEqual(self.pids(), [])
        self.assertTrue(daemons.ensure(self.cluster, daemon))

    def test_a_daemon_that_ignores_the_request_to_end_is_killed(self):
        daemons.ensure(self.cluster, daemons.Daemon("bash", [
            "bash", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]))
        log = daemons.log_of(self.cluster, "bash")
        daemons.wait_until("the trap", lambda: "ready" in log.read_text(), 10, self.cluster, "bash")
        daemons.stop(self.cluster, "bash", grace_seconds=0.3)
        self.assertEqual(daemons.running(self.cluster, "bash"), [])

    def test_another_cluster_s_daemon_is_not_touched(self):
        other = Cluster("daemons-other")
        self.addCleanup(daemons.stop_everything, other)
        daemons.ensure(other, daemons.Daemon("sleep", ["sleep", "1000"]))
        daemons.stop_everything(self.cluster)
        self.assertEqual(len(daemons.running(other, "sleep")), 1)

    def test_waiting_for_a_daemon_that_dies_fails_at_once_with_its_log(self):
        daemons.ensure(self.cluster, daemons.Daemon("bash", ["bash", "-c", "echo out of luck; exit 1"]))
        started = time.monotonic()
        with self.assertRaisesRegex(ClusterError, "bash stopped while waiting for luck") as caught:
            daemons.wait_until("luck", lambda: False, 30, self.cluster, "bash")
        self.assertLess(time.monotonic() - started, 10)
        self.assertIn("out of luck", caught.exception.log.read_text())

    def test_waiting_ends_when_its_time_is_over(self):
        with self.assertRaisesRegex(ClusterError, "luck: not within 0 s"):
            daemons.wait_until("luck", lambda: False, 0.05, self.cluster, interval=0.01)


class Firewall(unittest.TestCase):
    SAVED = [
        ":POSTROUTING ACCEPT [0:0]", ":DOCKER - [0:0]", ":KUBE-SERVICES - [0:0]", ":KUBE-SVC-A - [0:0]", ":KUBE-OLD - [0:0]",
        "-A POSTROUTING -j KUBE-SERVICES", "-A POSTROUTING -j DOCKER", "-A POSTROUTING -j KUBE-OLD",
        "-A POSTROUTING -s 10.244.0.0/16 -m comment --comment threeport-cluster -j MASQUERADE",
        "-A KUBE-SERVICES -j KUBE-SVC-A", "-A DOCKER -j RETURN"]

    def test_only_our_rules_and_chains_are_removed(self):
        self.assertEqual(network.make_removal("nat", self.SAVED, keep={"nat/KUBE-OLD"}).splitlines(), [
            "*nat", "-D POSTROUTING -j KUBE-SERVICES",
            "-D POSTROUTING -s 10.244.0.0/16 -m comment --comment threeport-cluster -j MASQUERADE",
            "-F KUBE-SERVICES", "-F KUBE-SVC-A", "-X KUBE-SERVICES", "-X KUBE-SVC-A", "COMMIT"])

    def test_a_table_without_anything_of_ours_is_left_alone(self):
        self.assertEqual(network.make_removal("nat", [":DOCKER - [0:0]", "-A DOCKER -j RETURN"], keep=set()), "")

    def test_addresses_derive_from_the_ranges(self):
        networks = network.Networks("10.244.0.0/16", "10.96.0.0/16")
        self.assertEqual((networks.gateway, networks.prefix, networks.first_service, networks.dns_service),
                         ("10.244.0.1", 16, "10.96.0.1", "10.96.0.10"))


class Archives(unittest.TestCase):
    def write(self, image, name="a/b:1"):
        path = Path(FOLDER.name, "image.tar")
        digest = images.write_archive(image, name, path)
        return path.read_bytes(), digest

    def test_an_archive_holds_the_files_and_says_what_to_run(self):
        image = images.Image(files={"/usr/bin/x": Path("/bin/sh")}, links={"/bin/y": "../usr/bin/x"},
                             entrypoint=["/usr/bin/x"], environment=["VERSION=2"], ports=["80/tcp"], user="65532")
        data, digest = self.write(image)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))[0]
            config_bytes = archive.extractfile(manifest["Config"]).read()
            layer = archive.extractfile(manifest["Layers"][0]).read()
        self.assertEqual(manifest["RepoTags"], ["a/b:1"])
        self.assertEqual(digest, "sha256:" + hashlib.sha256(config_bytes).hexdigest())
        config = json.loads(config_bytes)
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(layer).hexdigest()])
        self.assertEqual(config["config"]["Entrypoint"], ["/usr/bin/x"])
        self.assertIn("VERSION=2", config["config"]["Env"])
        self.assertEqual((config["config"]["ExposedPorts"], config["config"]["User"]), ({"80/tcp": {}}, "65532"))
        with tarfile.open(fileobj=io.BytesIO(layer)) as files:
            self.assertEqual(files.extractfile("usr/bin/x").read(), Path("/bin/sh").read_bytes())
            self.assertEqual(files.getmember("usr/bin/x").mode, 0o755)
            self.assertEqual(files.getmember("bin/y").linkname, "../usr/bin/x")
            self.assertEqual(files.getmember("tmp").mode, 0o1777)

    def test_the_same_inputs_give_the_same_bytes_and_another_version_another_digest(self):
        def image(version):
            return images.Image(files={"/x": Path("/bin/sh")}, environment=[f"VERSION={version}"])
        self.assertEqual(self.write(image(1)), self.write(image(1)))
        self.assertNotEqual(self.write(image(1))[1], self.write(image(2))[1])

    def test_a_program_brings_its_libraries_and_its_loader(self):
        image = images.Image()
        image.add_program(Path("/bin/sh"), "/bin/sh")
        self.assertTrue(any("libc.so" in path for path in image.files))
        self.assertTrue(any("/ld-linux" in path for path in image.files))


    def test_a_text_is_a_file_of_the_image(self):
        data, _ = self.write(images.Image(texts={"/etc/passwd": "root:x:0:0"}))
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            layer = archive.extractfile(json.load(archive.extractfile("manifest.json"))[0]["Layers"][0]).read()
        with tarfile.open(fileobj=io.BytesIO(layer)) as files:
            self.assertEqual(files.extractfile("etc/passwd").read(), b"root:x:0:0")


class Storage(unittest.TestCase):
    def claim(self, **changes):
        spec = {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        return {"metadata": {"namespace": "dev", "name": "data", "uid": "u1",
                             "annotations": {"volume.kubernetes.io/selected-node": "n"}}, "spec": spec | changes}

    def test_a_volume_is_made_once_a_pod_waits_for_its_claim(self):
        self.assertTrue(storage.is_awaited(self.claim()))
        self.assertFalse(storage.is_awaited(self.claim(volumeName="pvc-u1")))
        self.assertFalse(storage.is_awaited(self.claim(storageClassName="other")))
        unused = self.claim()
        unused["metadata"].pop("annotations")
        self.assertFalse(storage.is_awaited(unused))

    def test_a_volume_is_that_of_its_claim_and_is_left_when_the_claim_is_gone(self):
        volume = storage.make_volume(self.claim(), Path("/volumes"))
        self.assertEqual(volume["spec"]["claimRef"]["uid"], "u1")
        self.assertEqual(volume["spec"]["hostPath"]["path"], "/volumes/pvc-u1")
        self.assertFalse(storage.is_left(volume | {"status": {"phase": "Bound"}}))
        self.assertTrue(storage.is_left(volume | {"status": {"phase": "Released"}}))
        self.assertFalse(storage.is_left({"metadata": {}, "status": {"phase": "Released"}}))


class Kubeconfig(unittest.TestCase):
    def tearDown(self):
        os.environ.pop("KUBECONFIG", None)

    def test_the_kubeconfig_of_our_own_cluster_is_not_a_foreign_one(self):
        os.environ["KUBECONFIG"] = f"{FOLDER.name}/default/kubeconfig"
        self.assertIsNone(main._foreign_kubeconfig())

    def test_any_other_kubeconfig_is(self):
        os.environ["KUBECONFIG"] = "/etc/kubernetes/admin.conf"
        self.assertEqual(main._foreign_kubeconfig(), "/etc/kubernetes/admin.conf")


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # daemons outlive the objects that started them, on purpose
