#!/usr/bin/env python3
"""Whatever a client sends, on both databases: the OpenAPI document is valid, schemathesis finds no answer that is not in it, and none is 5xx."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, variable
from python_tools import python_tool

SECONDS = 1200 if os.environ.get('TP_SOAK') else 45  # of schemathesis, for each database
# The same requests each time; other ones each time in the long run, which has the time to look at what it finds.
SEED = [] if os.environ.get('TP_SOAK') else ['--seed', '1']
# What makes an answer without an end, or one that waits: other tests have it.
ENDLESS = {'watch', 'since', 'Last-Event-ID', 'wait', 'follow'}
CHECKS = ('not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,'
          'unsupported_method')
# What no text in a database can hold, wherever a client may put it.
HOSTILE = [
    ('GET', '/v0/tiers?name=%00', None), ('GET', '/v0/tiers?name=%ff%fe', None), ('GET', '/v0/tiers?criticality=%ff', None),
    ('GET', '/v0/workload-events?runtimeeventuid=%ff', None), ('GET', '/v0/tiers/%00', None), ('GET', '/v0/tiers/%ff', None),
    ('GET', '/v0/watch?kinds=%ff', None), ('GET', '/v0/events-join-attached-object-references?objectid=1&reason=%00', None),
    ('POST', '/v0/apply', {'Documents': [{'Workload': {'Name': 'a\0b', 'YAMLDocument': 'a: 1'}}]}),
    ('POST', '/v0/apply', {'Documents': [{'WorkloadInstance': {'Name': 'a', 'WorkloadDefinition': {'Name': 'a\0'}}}]}),
    ('POST', '/v0/module-apis', {'Name': 'm', 'Endpoint': 'a\0b'}), ('POST', '/v0/module-api-routes', {'Path': '/\0', 'ModuleApiID': 1}),
]


def finite(document):
    """The document without what makes an answer without an end."""
    out = json.loads(json.dumps(document))
    del out['paths']['/v0/watch']
    for operation in (operation for path in out['paths'].values() for operation in path.values()):
        operation['parameters'] = [one for one in operation.get('parameters', []) if one['name'] not in ENDLESS]
    return out


class AnyRequest(unittest.TestCase):
    def start(self, **options):
        self.server = Server(roles='api', **options).start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def check(self):
        for method, path, body in HOSTILE:
            status, text = self.server.ask(method, path, body)
            self.assertTrue(200 <= status < 500, (path, body, text))
            self.assertIsInstance(json.loads(text), dict)
        status, text = self.server.ask('GET', '/openapi.json')
        self.assertEqual(status, 200)
        path = os.path.join(self.server.folder, 'openapi.json')
        with open(path, 'w') as file:
            file.write(text)
        done = subprocess.run([python_tool('openapi-spec-validator'), path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(path, 'w') as file:
            json.dump(finite(json.loads(text)), file)
        # One worker: with several the compiler of Python 3.11, which hypothesis uses, fails now and then.
        command = [python_tool('schemathesis'), 'run', path, '--url', f'http://127.0.0.1:{self.server.port}', '--checks', CHECKS,
                   '--phases', 'fuzzing,coverage', '--max-time', str(SECONDS), '--workers', '1', '--warnings', 'off',
                   '--continue-on-failure', *SEED]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.server.folder)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        counts = dict(re.findall(r'threeport_http_requests_total\{code="(\dxx)"\} (\d+)', self.server.ask('GET', '/metrics')[1]))
        self.assertEqual(counts['5xx'], '0')
        self.assertGreater(int(counts['2xx']), 100)
        self.assertGreater(int(counts['4xx']), 100)

    def test_on_sqlite(self):
        self.start()
        self.check()

    def test_on_postgresql(self):
        url = variable('TP_POSTGRES_URL')
        name = f'any_request_{uuid.uuid4().hex[:12]}'
        subprocess.run(['psql', '-q', url, '-c', f'CREATE DATABASE {name}'], check=True)
        self.addCleanup(subprocess.run, ['psql', '-q', url, '-c', f'DROP DATABASE {name}'])
        self.start(database=f'{url.rpartition("/")[0]}/{name}')
        self.check()


if __name__ == '__main__':
    unittest.main()
