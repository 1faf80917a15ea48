#!/usr/bin/env python3
"""What keeps threeportd from starting: one line that names the cause and the fix, and nothing is touched."""
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, variable

INVALID, CONFLICT, DENIED, UNAVAILABLE = 2, 4, 5, 7


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


class StartFaults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = Server(self.folder)
        self.database = os.path.join(self.folder, 'threeport.db')

    def start(self, server=None):
        server = (server or self.server).start()
        self.addCleanup(server.kill)
        return server

    def assert_refused(self, code, *words, server=None):
        """The start fails with that exit code and one line, which has all the words."""
        ended, text = (server or self.server).refusal()
        errors = [line for line in text.splitlines() if line.startswith('threeportd: ')]
        self.assertEqual(len(errors), 1, text)
        for word in words:
            self.assertIn(word, errors[0])
        self.assertEqual(ended, code, text)
        self.assertFalse(os.path.exists(os.path.join((server or self.server).folder, 'port')), 'a port file, though nothing serves')

    def make_database(self):
        """A database with one object in it, of a server that has ended."""
        self.server.start()
        self.server.apply({'Tier': {'Name': 'kept', 'Criticality': 1}})
        self.assertEqual(self.server.stop(), 0)

    def assert_database_works(self):
        self.start()
        self.assertEqual([tier['Name'] for tier in self.server.objects('tiers')], ['kept'])

    def test_a_database_of_a_newer_threeport(self):
        self.make_database()
        self.set_schema_version('4711')
        before = digest(self.database)
        self.assert_refused(INVALID, 'newer Threeport', '4711', 'run the newer program')
        self.assertEqual(digest(self.database), before)
        self.set_schema_version('1')
        self.assert_database_works()

    def set_schema_version(self, version):
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [version])
        connection.close()

    def test_a_file_that_is_no_database(self):
        with open(self.database, 'w') as file:
            file.write('Dear diary, ' * 1000)
        before = digest(self.database)
        self.assert_refused(INVALID, self.database, 'no SQLite database', 'name another file')
        self.assertEqual(digest(self.database), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ['threeport.db', 'threeport.db.lock'])

    def test_a_database_of_another_program(self):
        for table in ('CREATE TABLE songs (title TEXT)', 'CREATE TABLE meta (label TEXT)', 'CREATE TABLE meta (key TEXT, value TEXT)'):
            with self.subTest(table):
                connection = sqlite3.connect(self.database)
                with connection:
                    connection.execute(table)
                connection.close()
                before = digest(self.database)
                self.assert_refused(INVALID, self.database, "another program's", 'name another file')
                self.assertEqual(digest(self.database), before)
                os.unlink(self.database)

    def test_a_database_that_is_a_folder(self):
        os.mkdir(self.database)
        self.assert_refused(INVALID, self.database, 'Is a directory')

    def test_a_database_that_another_process_has_open(self):
        self.start()
        self.server.apply({'Tier': {'Name': 'kept', 'Criticality': 1}})
        other = Server(tempfile.mkdtemp(dir=self.folder), database=self.server.options['database'])
        self.assert_refused(CONFLICT, self.database, 'open in another process', server=other)
        self.assertEqual(len(self.server.objects('tiers')), 1)

    def test_a_port_that_is_taken(self):
        self.make_database()
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            self.server.port = taken.getsockname()[1]
            self.assert_refused(UNAVAILABLE, f'127.0.0.1:{self.server.port}', 'in use', 'choose another port')
        self.assert_database_works()

    def test_a_missing_encryption_key(self):
        self.make_database()
        key = os.path.join(self.folder, 'encryption.key')
        os.rename(key, key + '.away')
        self.assert_refused(INVALID, 'encryption key', key, 'restore it', '--encryption-key-file')
        self.assertFalse(os.path.exists(key), 'a second key was made')
        os.rename(key + '.away', key)
        self.assert_database_works()

    def test_the_encryption_key_of_another_database(self):
        self.make_database()
        other = Server(tempfile.mkdtemp(dir=self.folder)).start()
        other.stop()
        wrong = os.path.join(other.folder, 'encryption.key')
        self.server.options['encryption-key-file'] = wrong
        self.assert_refused(INVALID, 'encrypted with key', '--encryption-key-file')
        del self.server.options['encryption-key-file']
        self.assert_database_works()

    def test_an_encryption_key_that_is_none(self):
        self.make_database()
        self.server.options['encryption-key-file'] = __file__
        self.assert_refused(INVALID, __file__)
        del self.server.options['encryption-key-file']
        self.server.environment['ENCRYPTION_KEY'] = 'tomato'
        self.assert_refused(INVALID, 'ENCRYPTION_KEY')
        del self.server.environment['ENCRYPTION_KEY']
        self.assert_database_works()

    def test_a_database_folder_that_is_read_only(self):
        self.make_database()
        mount = os.path.join(self.folder, 'mount')
        os.mkdir(mount)
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', mount], check=True)
        self.addCleanup(subprocess.run, ['umount', mount], check=True)
        for name in ('threeport.db', 'encryption.key'):
            shutil.copy(os.path.join(self.folder, name), mount)
        subprocess.run(['mount', '-o', 'remount,ro', mount], check=True)
        path = os.path.join(mount, 'threeport.db')
        self.assert_refused(DENIED, path, 'Read-only file system', 'make it writable', server=self.server_on(path))
        subprocess.run(['mount', '-o', 'remount,rw', mount], check=True)
        server = self.start(self.server_on(path))
        self.assertEqual([tier['Name'] for tier in server.objects('tiers')], ['kept'])
        server.stop()

    def server_on(self, path):
        return Server(self.folder, database=f'sqlite://{path}')

    def test_a_database_folder_that_cannot_be_made(self):
        path = os.path.join(self.folder, 'file', 'threeport.db')
        with open(os.path.dirname(path), 'w'):
            pass
        self.assert_refused(DENIED, os.path.dirname(path), server=self.server_on(path))

    def test_a_postgresql_that_is_not_there(self):
        with socket.socket() as nobody:
            nobody.bind(('127.0.0.1', 0))
            port = nobody.getsockname()[1]
            server = Server(self.folder, database=f'postgresql://threeport:s3cr3t@127.0.0.1:{port}/threeport')
            self.assert_refused(UNAVAILABLE, f'127.0.0.1:{port}/threeport', 'cannot be reached', 'check host and port', server=server)
            self.assertNotIn('s3cr3t', server.refusal()[1])

    def test_a_postgresql_without_the_database_or_the_user(self):
        address = urlsplit(variable('TP_POSTGRES_URL')).netloc.rsplit('@', 1)[1]
        server = Server(self.folder, database=f'postgresql://threeport@{address}/nowhere')
        self.assert_refused(INVALID, 'nowhere', 'create it', server=server)
        server = Server(self.folder, database=f'postgresql://nobody@{address}/threeport')
        self.assert_refused(DENIED, 'nobody', 'check user and password', server=server)

    def test_options_that_are_wrong(self):
        for options, words in (({'roles': 'cook'}, ('--roles', 'cook')), ({'listen': '0.0.0.0:0'}, ('loopback', '127.0.0.1')),
                               ({'database': 'mysql://x'}, ('sqlite:///', 'postgresql://')), ({'auth-enabled': 'true'}, ('--auth-enabled=false',))):
            with self.subTest(options):
                self.assert_refused(INVALID, *words, server=Server(self.folder, **options))
                self.assertFalse(os.path.exists(self.database))

    def test_tptctl_up_tells_why_the_server_ended(self):
        self.server.port = 1  # nobody is asked
        first = self.server.tptctl('up', '--name', 'test')
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(self.server.tptctl('down', '--name', 'test').returncode, 0)
        key = os.path.join(self.folder, '.threeport', 'test', 'encryption.key')
        os.unlink(key)
        again = self.server.tptctl('up', '--name', 'test')
        self.assertEqual(again.returncode, UNAVAILABLE)
        self.assertIn('encryption key is missing', again.stderr)
        self.assertEqual(len(again.stderr.strip().splitlines()), 1, again.stderr)


if __name__ == '__main__':
    unittest.main()
