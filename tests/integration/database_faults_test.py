#!/usr/bin/env python3
"""What happens to a running threeportd whose database fails: calls say so, nothing is lost, and it goes on by itself."""
import os
import shutil
import subprocess
import sys
import unittest
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Relay, Server, variable, wait_for


class FullDisk(unittest.TestCase):
    """SQLite on a file system of a few megabytes, filled up by another file."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.mount = os.path.join(self.server.folder, 'mount')
        os.mkdir(self.mount)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', self.mount], check=True)
        self.addCleanup(subprocess.run, ['umount', self.mount], check=True)
        self.server.options['database'] = f'sqlite://{self.mount}/threeport.db'
        self.filler = os.path.join(self.mount, 'filler')

    def fill(self):
        with open(self.filler, 'wb', buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def create(self, name):
        return self.server.ask('POST', '/v0/tiers', {'Name': name, 'Criticality': 1})

    def names(self):
        return [tier['Name'] for tier in self.server.objects('tiers')]

    def test_writes_are_refused_reads_go_on_and_nothing_is_lost(self):
        self.server.start()
        self.addCleanup(self.server.kill)
        written = [f'before-{i}' for i in range(20)]
        for name in written:
            self.assertEqual(self.create(name)[0], 201)
        self.fill()
        refused = self.writes_until_refused(written)
        status, text = self.create(refused)
        self.assertEqual(status, 503, text)
        self.assertIn('full', text)
        self.assertIn('make room', text)
        self.assertIn('DiskFull', text)
        self.assertEqual(self.names(), written)
        status, text = self.server.ask('GET', '/readyz')
        self.assertEqual(status, 503)
        self.assertIn('is full', text)
        self.assertEqual(self.server.ask('GET', '/healthz')[0], 200)
        told = self.server.tptctl('apply', '-f', '-', stdin='Tier: {Name: told, Criticality: 1}')
        self.assertEqual(told.returncode, 7)
        self.assertRegex(told.stderr, r'^Error: .*threeport\.db is full, nothing was changed: make room on it\n$')

        os.unlink(self.filler)
        wait_for('ready again', lambda: self.server.ask('GET', '/readyz')[0] == 200)
        self.assertEqual(self.create(refused)[0], 201)
        self.assertEqual(self.names(), [*written, refused])
        self.server.kill()
        self.server.start()
        self.assertEqual(self.names(), [*written, refused])

    def writes_until_refused(self, written):
        """What fits into space that the database has already is still written; returns the name that is not."""
        for i in range(5000):
            name = f'full-{i}'
            status, _ = self.create(name)
            if status != 201:
                return name
            written.append(name)
        self.fail('the disk did not become full')

    def test_a_start_on_a_full_disk_is_refused_and_works_later(self):
        self.fill()
        ended, text = self.server.refusal()
        self.assertEqual(ended, 7, text)
        self.assertIn('full', text.splitlines()[-1])
        self.assertIn('make room', text.splitlines()[-1])
        os.unlink(self.filler)
        self.server.start()
        self.addCleanup(self.server.kill)
        self.assertEqual(self.create('first')[0], 201)


class LostPostgres(unittest.TestCase):
    def test_a_database_that_goes_away_is_told_and_comes_back_by_itself(self):
        url = urlsplit(variable('TP_POSTGRES_URL'))
        name = f'lost_{os.getpid()}'
        subprocess.run(['psql', '-q', variable('TP_POSTGRES_URL'), '-c', f'CREATE DATABASE {name}'], check=True)
        relay = Relay(url.hostname, url.port)
        self.addCleanup(relay.cut)
        server = Server(database=f'postgresql://{url.username}@127.0.0.1:{relay.port}/{name}')
        self.addCleanup(shutil.rmtree, server.folder)
        server.start()
        try:
            self.assertEqual(server.ask('POST', '/v0/tiers', {'Name': 'before', 'Criticality': 1})[0], 201)
            relay.cut()
            status, text = server.ask('POST', '/v0/tiers', {'Name': 'during', 'Criticality': 1})
            self.assertEqual(status, 503, text)
            self.assertIn('PostgreSQL', text)
            status, text = server.ask('GET', '/readyz')
            self.assertEqual(status, 503)
            self.assertIn('PostgreSQL', text)
            self.assertEqual(server.ask('GET', '/healthz')[0], 200)
            relay.mend()
            wait_for('ready again', lambda: server.ask('GET', '/readyz')[0] == 200)
            self.assertEqual(server.ask('POST', '/v0/tiers', {'Name': 'after', 'Criticality': 1})[0], 201)
            self.assertEqual([tier['Name'] for tier in server.objects('tiers')], ['before', 'after'])
            self.assertEqual(server.stop(), 0)
        finally:
            server.kill()
            subprocess.run(['psql', '-q', variable('TP_POSTGRES_URL'), '-c', f'DROP DATABASE {name} WITH (FORCE)'], check=True)


if __name__ == '__main__':
    unittest.main()
