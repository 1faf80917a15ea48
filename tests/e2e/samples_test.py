#!/usr/bin/env python3
"""Every sample, as its reader applies it: healthy on a real cluster, unchanged when it is applied again, removed without a trace."""
import glob
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, installation_of, is_ready, owned

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Samples(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def tptctl(self, *arguments):
        done = self.server.tptctl(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_each_is_delivered_and_removed(self):
        self.server.adopt()
        samples = sorted(glob.glob(os.path.join(ROOT, 'samples', '*', 'workload.yaml')))
        self.assertTrue(samples)
        for sample in samples:
            with self.subTest(sample=os.path.relpath(sample, ROOT)):
                self.tptctl('apply', '-f', sample, '--wait')
                self.assertTrue(all(is_ready(one) for one in self.server.objects('workload-instances')))
                installation = installation_of(self.server)
                self.assertTrue(owned(installation))
                self.assertEqual({line.split()[1] for line in self.tptctl('apply', '-f', sample).splitlines()}, {'unchanged'})
                self.tptctl('delete', '-f', sample)
                self.assertEqual(self.server.objects('workload-instances'), [])
                self.assertEqual(owned(installation), [])


if __name__ == '__main__':
    unittest.main()
