#!/usr/bin/env python3
"""The sample module, built out of tree, beside threeportd: served through it, missed when it is away, found again elsewhere."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, is_ready, program, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GREETINGS = '/greetings-example-com/v0/greetings'


def build(folder):
    """The module's program, against the build tree that threeportd is from."""
    package = os.path.dirname(os.path.dirname(os.path.realpath(program('threeportd'))))
    configure = ['cmake', '-G', 'Ninja', '-S', os.path.join(ROOT, 'samples', 'module'), '-B', folder, f'-Dthreeport_DIR={package}',
                 '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_CXX_COMPILER_LAUNCHER=ccache']
    for command in (configure, ['cmake', '--build', folder]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f'{" ".join(command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}')
    return os.path.join(folder, 'greetings')


class Module:
    def __init__(self, path, server):
        command = [path, '--control-plane', f'http://127.0.0.1:{server.port}']
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rpartition(' ')[2])

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class ModuleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='threeport-module-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.path = build(cls.folder)

    def setUp(self):
        self.server = Server(roles='api').start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def start_module(self):
        module = Module(self.path, self.server)
        self.addCleanup(module.end)
        return module

    def ask(self, method, path, body=None):
        status, text = self.server.ask(method, path, body)
        return status, json.loads(text)

    def test_its_kind_works_through_the_control_plane_as_ours_do(self):
        self.start_module()
        status, made = self.ask('POST', GREETINGS, {'Name': 'morning', 'Recipient': 'Ada'})
        self.assertEqual(status, 201, made)
        self.assertEqual(made['Type'], 'Greeting')
        item = f'{GREETINGS}/{made["Data"][0]["ID"]}'
        ready = wait_for('its controller finds the words', lambda: next(filter(is_ready, self.ask('GET', item)[1]['Data']), None))
        self.assertEqual(ready['Text'], 'Hello, Ada')
        self.assertEqual(self.ask('POST', GREETINGS, {'Name': 'morning', 'Recipient': 'Bob'})[0], 409)
        self.assertEqual(self.ask('POST', GREETINGS, {'Name': 'x', 'Recipient': 'y', 'Tone': 'rude'})[0], 400)
        self.assertEqual(self.ask('PATCH', item, {'Tone': 'formal'})[0], 200)
        wait_for('other words', lambda: self.ask('GET', item)[1]['Data'][0].get('Text') == 'Good day, Ada')
        self.assertEqual(len(self.ask('GET', f'{GREETINGS}?name=morning')[1]['Data']), 1)
        self.assertEqual(self.ask('GET', '/greetings-example-com/greetings/versions')[1], {'API': 'Greeting', 'Versions': ['v0']})
        self.assertEqual(self.ask('DELETE', item)[0], 200)
        wait_for('it is gone', lambda: self.ask('GET', item)[0] == 404)

    def test_it_is_missed_by_name_and_found_at_its_new_address_at_once(self):
        first = self.start_module()
        first.end()
        status, answer = self.ask('GET', GREETINGS)
        self.assertEqual(status, 503)
        self.assertIn(f'module greetings at 127.0.0.1:{first.port} cannot answer', answer['Status']['error'])
        second = self.start_module()  # finds itself registered, and changes its Endpoint
        self.assertNotEqual(second.port, first.port)
        self.assertEqual(self.ask('GET', GREETINGS)[0], 200)
        modules = self.server.objects('module-apis')
        self.assertEqual([one['Endpoint'] for one in modules], [f'127.0.0.1:{second.port}'])
        self.assertEqual(len(self.server.objects('module-api-routes')), 2)

    def test_it_never_takes_a_path_of_ours(self):
        self.start_module()
        module = self.server.objects('module-apis')[0]['ID']
        status, answer = self.ask('POST', '/v0/module-api-routes', {'Path': '/v0/tiers', 'ModuleApiID': module})
        self.assertEqual(status, 400)
        self.assertIn('a route of the control plane itself', answer['Status']['error'])
        status, answer = self.ask('POST', '/v0/module-apis', {'Name': 'other', 'Endpoint': 'user:secret@127.0.0.1/x'})
        self.assertEqual(status, 400)
        self.assertIn('Endpoint', answer['Status']['error'])


if __name__ == '__main__':
    unittest.main()
