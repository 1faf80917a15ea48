#!/usr/bin/env python3
"""An application of eleven Score files in one call: they name each other both ways and share a cache, a database and a host name."""
import os
import shutil
import sys
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, installation_of, owned, wait_for
from delivered import Delivered, page

KINDS = 'namespaces,secrets,configmaps,persistentvolumeclaims,services,deployments,statefulsets,jobs,pods'
NAMES = ['ads', 'cart', 'catalogue', 'checkout', 'currency', 'email', 'frontend', 'payment', 'recommendations', 'search', 'shipping']
WITH_DATABASE = ('catalogue', 'checkout', 'search')
ANSWER = 'served by a stand-in\n'


def score(name):
    """The Score file of a workload, which calls the ones before and after it in the list."""
    at = NAMES.index(name)
    neighbours = {'before': NAMES[at - 1], 'after': NAMES[(at + 1) % len(NAMES)]}
    variables = {alias.upper(): f'http://${{resources.{alias}.hostname}}:${{resources.{alias}.port}}' for alias in neighbours}
    resources = {alias: {'type': 'service-port', 'params': {'workload': other, 'port': 'http'}} for alias, other in neighbours.items()}
    variables['CACHE'] = 'redis://${resources.cache.username}:${resources.cache.password}@${resources.cache.host}:${resources.cache.port}'
    resources['cache'] = {'type': 'redis', 'id': 'sessions'}
    if name in WITH_DATABASE:
        variables['DATABASE'] = 'postgres://${resources.db.username}:${resources.db.password}@${resources.db.host}:${resources.db.port}/${resources.db.name}'
        resources['db'] = {'type': 'postgres', 'id': 'products'}
    if name in ('frontend', 'email'):
        variables['SHOP'] = '${resources.dns.url}'
        resources['dns'] = {'type': 'dns', 'id': 'shop'}
    if name == 'frontend':
        resources['route'] = {'type': 'route', 'params': {'host': '${resources.dns.host}', 'path': '/', 'port': 'http'}}
    return {'apiVersion': 'score.dev/v1b1', 'metadata': {'name': name}, 'service': {'ports': {'http': {'port': 8080, 'targetPort': 80}}},
            'containers': {'main': {'image': 'nginx', 'variables': variables, 'readinessProbe': {'httpGet': {'path': '/', 'port': 80}}}},
            'resources': resources}


class Application(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def tptctl(self, *arguments):
        done = self.server.tptctl(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def write_files(self):
        """Arguments that name the files."""
        arguments = []
        for name in NAMES:
            path = os.path.join(self.server.folder, f'{name}.yaml')
            with open(path, 'w') as file:
                yaml.safe_dump(score(name), file)
            arguments += ['-f', path]
        return arguments

    def test_is_delivered_in_one_call_connected_and_removed(self):
        self.server.adopt()
        self.tptctl('create', 'environment', 'shop', '--wait')
        files = self.write_files()
        self.tptctl('apply', *files, '--environment', 'shop', '--wait=4m')
        delivered = Delivered(self.server.objects('environments?name=shop')[0]['Namespace'])
        self.assert_shared(delivered)
        self.assert_connected(delivered)
        printed = self.tptctl('apply', *files, '--environment', 'shop')
        self.assertEqual({line.split()[1] for line in printed.splitlines()}, {'unchanged', 'reused'}, printed)

        # What is shared stays while somebody uses it.
        self.tptctl('delete', '-f', files[1 + 2 * NAMES.index('cart')], '--environment', 'shop')
        self.assertEqual(delivered.names('deployments'), set(NAMES) - {'cart'})
        self.assertEqual(len(delivered.names('statefulsets')), 2)

        self.tptctl('delete', 'environment', 'shop', '--cascade')
        self.assertEqual(self.server.objects('dependency-instances'), [])
        self.assertEqual(owned(installation_of(self.server), KINDS), [])

    def assert_shared(self, delivered):
        self.assertEqual(delivered.names('deployments'), set(NAMES))
        self.assertEqual(len(delivered.names('statefulsets')), 2, 'one cache, one database server')
        seen = {name: delivered.variables(name, 'main') for name in NAMES}
        for key, users in (('CACHE', NAMES), ('DATABASE', WITH_DATABASE), ('SHOP', ('frontend', 'email'))):
            self.assertEqual(len({seen[name][key] for name in users}), 1, key)
            self.assertEqual({name for name in NAMES if key in seen[name]}, set(users))

    def assert_connected(self, delivered):
        for name in NAMES:
            for neighbour in ('BEFORE', 'AFTER'):
                answer = delivered.kubectl('exec', f'deployment/{name}', '--', 'sh', '-c', f'curl -sS --max-time 10 "${neighbour}"')
                self.assertEqual(answer, ANSWER, f'{name} {neighbour}')
        if os.environ.get('TP_GATEWAY'):
            host = delivered.variables('email', 'main')['SHOP'].removeprefix('http://')
            wait_for('the shop is served', lambda: page(host, '/') == ANSWER)


if __name__ == '__main__':
    unittest.main()
