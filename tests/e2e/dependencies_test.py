#!/usr/bin/env python3
"""A Score workload and what it depends on, by the system's profiles on a real cluster: wired values work from its pods, outlive the control
plane's death and a rollback, and its route leads to it; what several workloads share leaves with the last of them."""
import os
import re
import shutil
import subprocess
import sys
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, installation_of, is_ready, kubectl, kubectl_json, owned, variable, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENVIRONMENT = f'dev{os.getpid()}'
HOST = f'shop-{os.getpid()}.localhost'
KINDS = 'namespaces,configmaps,secrets,services,deployments,statefulsets,jobs,persistentvolumeclaims'

SHOP = f'''
apiVersion: score.dev/v1b1
metadata:
  name: shop
service:
  ports:
    web: {{port: 8080, targetPort: 80}}
containers:
  web:
    image: nginx
    variables:
      GREETING: %(greeting)s
  database:
    image: docker.io/library/postgres:16
    command: [sleep, infinity]
    variables:
      DATABASE_URL: postgresql://${{resources.db.username}}:${{resources.db.password}}@${{resources.db.host}}:${{resources.db.port}}/${{resources.db.name}}
  cache:
    image: docker.io/library/redis:7
    command: [sleep, infinity]
    variables:
      CACHE_HOST: ${{resources.cache.host}}
      CACHE_PORT: ${{resources.cache.port}}
      REDISCLI_AUTH: ${{resources.cache.password}}
    volumes:
      /files: {{source: "${{resources.files}}"}}
resources:
  db: {{type: postgres}}
  cache: {{type: redis}}
  files: {{type: volume}}
  route: {{type: route, params: {{host: {HOST}, path: /, port: web}}}}
'''

SHARER = '''
apiVersion: score.dev/v1b1
metadata: {name: %(name)s}
containers:
  main:
    image: docker.io/library/postgres:16
    command: [sleep, infinity]
    variables:
      DATABASE_URL: postgresql://${resources.db.username}:${resources.db.password}@${resources.db.host}:${resources.db.port}/${resources.db.name}
resources:
  db: {type: postgres, id: main}
'''


class Dependencies(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(lambda: self.server.kill())
        self.server.adopt()
        self.apply('environment', f'Environment:\n  Name: {ENVIRONMENT}\n  KubernetesRuntimeInstance: {{Name: local}}\n')

    def tptctl(self, *arguments):
        done = self.server.tptctl(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def apply(self, name, text, *options):
        path = os.path.join(self.server.folder, f'{name}.yaml')
        with open(path, 'w') as file:
            file.write(text)
        return self.tptctl('apply', '-f', path, *options)

    def deliver(self, name, text):
        return self.apply(name, text, '--environment', ENVIRONMENT, '--wait')

    def instance(self, workload):
        return self.server.objects(f'workload-instances?name={workload}-{ENVIRONMENT}')[0]

    def dependencies(self):
        """Live dependency instances by type."""
        return {one['Type']: one for one in self.server.objects('dependency-instances')}

    def run_in(self, workload, container, script):
        """What a shell script prints in a container of the workload, in a pod of its newest version."""
        namespace = self.instance(workload)['Namespace']
        return kubectl('-n', namespace, 'exec', f'deployment/{workload}', '-c', container, '--', 'sh', '-ec', script).strip()

    def sql(self, workload, statement, container='main'):
        return self.run_in(workload, container, f'psql -qtA "$DATABASE_URL" -c "{statement}"')

    def redis(self, command):
        return self.run_in('shop', 'cache', f'redis-cli -h "$CACHE_HOST" -p "$CACHE_PORT" {command}')

    def page(self):
        return subprocess.run(['curl', '-sS', '--noproxy', '*', '-H', f'Host: {HOST}', '-w', '%{http_code}', variable('TP_GATEWAY')],
                              capture_output=True, text=True, timeout=30).stdout.strip()

    def assert_kept(self):
        self.assertEqual(self.sql('shop', 'SELECT x FROM t', 'database'), 'kept')
        self.assertEqual(self.redis('get key'), 'kept')
        self.assertEqual(self.run_in('shop', 'cache', 'cat /files/file'), 'kept')

    def test_a_workload_keeps_what_it_was_wired_to(self):
        self.deliver('shop', SHOP % {'greeting': 'hello'})
        self.assertTrue(is_ready(self.instance('shop')))
        self.assertEqual(self.sql('shop', "CREATE TABLE t (x text); INSERT INTO t VALUES ('kept')", 'database'), '')
        self.assertEqual(self.redis('set key kept'), 'OK')
        self.run_in('shop', 'cache', 'echo kept >/files/file')
        self.assert_kept()
        wait_for('the route leads to it', lambda: re.fullmatch(r'served by a stand-in\s+200', self.page()))
        before = {kind: one['ID'] for kind, one in self.dependencies().items()}
        self.assertLessEqual({'postgres', 'postgres-instance', 'redis', 'volume', 'route'}, set(before))

        with self.subTest('the control plane dies'):
            self.server.kill()
            self.assertIn('200', self.page())
            self.server.start()
            printed = self.apply('shop', SHOP % {'greeting': 'hello'}, '--environment', ENVIRONMENT)
            self.assertEqual({line.split()[1] for line in printed.splitlines()}, {'unchanged', 'reused'})
            self.assert_kept()

        with self.subTest('a rollback'):
            self.deliver('shop', SHOP % {'greeting': 'bye'})
            self.assertEqual(self.run_in('shop', 'web', 'echo $GREETING'), 'bye')
            self.tptctl('rollback', 'workload', 'shop', '--environment', ENVIRONMENT)
            wait_for('it is as before', lambda: is_ready(self.instance('shop')) and self.run_in('shop', 'web', 'echo $GREETING') == 'hello')
            self.assert_kept()
            self.assertEqual({kind: one['ID'] for kind, one in self.dependencies().items()}, before)

        # No password is in what anybody may read.
        password = self.run_in('shop', 'cache', 'echo $REDISCLI_AUTH')
        self.assertGreaterEqual(len(password), 20)
        for told in (self.tptctl('get', 'dependency-instances', '-o', 'json'), self.tptctl('events'), self.server.log()):
            self.assertNotIn(password, told)
        self.leave()

    def leave(self):
        """Deletes the environment with all that lives in it; nothing of this installation may be left on the cluster."""
        installation = installation_of(self.server)
        self.tptctl('delete', 'environment', ENVIRONMENT, '--cascade')  # however long the server would wait for a next user
        self.assertEqual(self.server.objects('dependency-instances'), [])
        self.assertEqual(owned(installation, KINDS), [])

    def test_a_shared_database_leaves_with_its_last_user(self):
        # As the system's, but it does not wait for a next user.
        with open(f'{ROOT}/src/dependencies/system/postgres.yaml') as file:
            profile = yaml.safe_load(file)
        profile['DependencyProfile'].update(Name='short-lived-postgres', IdleTTL='1s')
        self.apply('profile', yaml.safe_dump(profile))
        for name in ('first', 'second'):
            self.deliver(name, SHARER % {'name': name})
        self.sql('first', "CREATE TABLE t (x text); INSERT INTO t VALUES ('kept')")
        self.assertEqual(self.sql('second', 'SELECT x FROM t'), 'kept')
        database = self.dependencies()['postgres']['ID']

        self.tptctl('delete', 'workload-instance', f'first-{ENVIRONMENT}')
        wait_for('its claim is released', lambda: len(self.server.objects(f'dependency-claims?dependencyinstanceid={database}')) == 1)
        self.assertEqual(self.sql('second', 'SELECT x FROM t'), 'kept')
        self.assertEqual(self.dependencies()['postgres']['ID'], database)

        server = self.dependencies()['postgres-instance']
        self.tptctl('delete', 'workload-instance', f'second-{ENVIRONMENT}')
        wait_for('the database is gone', lambda: 'postgres' not in self.dependencies(), seconds=120)
        name = next(item['metadata']['name'] for item in kubectl_json('-n', server['Namespace'], 'get', 'statefulsets')['items'])
        listed = kubectl('-n', server['Namespace'], 'exec', f'{name}-0', '--', 'psql', '-qtA', '-U', 'postgres', '-c', 'SELECT datname FROM pg_database')
        self.assertEqual([line for line in listed.split() if line.startswith('postgres-')], [])
        self.leave()


if __name__ == '__main__':
    unittest.main()
