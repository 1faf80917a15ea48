#!/usr/bin/env python3
"""The system's dependency profiles on a real cluster, rendered as the controller does it: servers start without root, databases, buckets,
volumes and routes work from other pods, keep their data, and are dropped without harm to their neighbours."""
import glob
import json
import os
import re
import subprocess
import sys
import unittest
import urllib.request

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import kubectl, variable, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAMESPACE = f'system-profiles-{os.getpid()}'
PASSWORD = 'eMEeSDh3kqT9rZ4wVbNc7yXa'
POSTGRES, REDIS, WEB, S3 = 'docker.io/library/postgres:16', 'docker.io/library/redis:7', 'docker.io/library/nginx:latest', 'docker.io/versity/versitygw:v1.8.0'
# What users must give, by type.
GIVEN = {'route': {'host': 'web.localhost', 'port': 'web'}, 'endpoint': {'port': 8181}, 'service-port': {'workload': 'web', 'port': 'web'}}


def load():
    read = [yaml.safe_load(open(path))['DependencyProfile'] for path in glob.glob(f'{ROOT}/src/dependencies/system/*.yaml')]
    return {profile['Type']: profile for profile in read}


PROFILES = load()


def fill(text, values):
    """The text with its references replaced."""
    def replaced(match):
        if match[0].startswith('$$'):
            return match[0][1:]
        value = values
        for part in match[1].split('.'):
            value = value[part]
        return value if isinstance(value, str) else json.dumps(value)
    return re.sub(r'\$\$(?:\{[^}]*\})?|\$\{([^}]*)\}', replaced, text)


class Dependency:
    """One that a profile describes, in the namespace of this run."""

    def __init__(self, kind, name, requires=None):
        profile = PROFILES[kind]
        self.params = profile.get('Params', {})
        self.values = {'self': {'name': name, 'namespace': NAMESPACE}, 'workload': {'name': 'web', 'namespace': NAMESPACE},
                       'target': {'service': 'web', 'port': 8080}, 'params': {**profile.get('Defaults', {}), **GIVEN.get(kind, {})},
                       'generated': {key: PASSWORD for key in profile.get('Generate', {})}, 'requires': requires or {}}
        self.outputs = {}
        for key, value in profile.get('Outputs', {}).items():
            template = value['Secret'] if isinstance(value, dict) and 'Secret' in value else value
            self.outputs[key] = json.loads(fill(json.dumps(template), self.values))

    def manifests(self):
        """All texts of manifests, of every variant and for removal."""
        texts = [self.params.get('Manifests'), self.params.get('RemoveManifests'), *(variant['Manifests'] for variant in self.params.get('Variants', []))]
        return [fill(text, self.values) for text in texts if text]

    def apply(self, member='Manifests'):
        self.apply_text(fill(self.params[member], self.values))
        return self

    def apply_text(self, text):
        kubectl('apply', '--server-side', '--field-manager=threeport', '-f', '-', stdin=text)
        for item in filter(None, yaml.safe_load_all(text)):
            name = f'{item["kind"]}/{item["metadata"]["name"]}'
            if item['kind'] == 'Job':
                kubectl('-n', NAMESPACE, 'wait', '--for=condition=complete', name, '--timeout=90s')
            elif item['kind'] == 'StatefulSet':
                kubectl('-n', NAMESPACE, 'rollout', 'status', name, '--timeout=90s')


def start_pod(name, image, command=('sleep', 'infinity'), **spec):
    kubectl('apply', '-f', '-', stdin=json.dumps({
        'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': name, 'namespace': NAMESPACE, 'labels': {'app': name}},
        'spec': {'terminationGracePeriodSeconds': 1, 'containers': [{'name': name, 'image': image, **({'command': command} if command else {}), **spec.pop('container', {})}], **spec}}))
    kubectl('-n', NAMESPACE, 'wait', '--for=condition=Ready', f'pod/{name}', '--timeout=60s')


def run(pod, *command, stdin=None):
    """(exit code, output) of a command in a pod."""
    done = subprocess.run(['kubectl', '--kubeconfig', variable('TP_KUBECONFIG'), '-n', NAMESPACE, 'exec', '-i', pod, '--', *command],
                          input=stdin, capture_output=True, text=True, timeout=60)
    return done.returncode, (done.stdout + done.stderr).strip()


def query(outputs, sql, **other):
    """(exit code, output) of SQL as the user of a database."""
    o = {**outputs, **other}
    return run('psql', 'psql', '-qtA', f'postgresql://{o["username"]}:{o["password"]}@{o["host"]}:{o["port"]}/{o["name"]}', '-c', sql)


def has_image(name):
    """Whether the local cluster's registry holds the image."""
    try:
        with urllib.request.urlopen(f'http://{os.environ["TP_REGISTRY"]}/v2/{name}/tags/list', timeout=10):
            return True
    except (KeyError, OSError):
        return False


def restart(name):
    kubectl('-n', NAMESPACE, 'delete', f'pod/{name}-0')
    kubectl('-n', NAMESPACE, 'rollout', 'status', f'statefulset/{name}', '--timeout=90s')


class SystemProfiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubectl('create', 'namespace', NAMESPACE)
        kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/warn=restricted')

    @classmethod
    def tearDownClass(cls):
        kubectl('delete', 'namespace', NAMESPACE, '--timeout=100s')

    def test_all_manifests_are_accepted_and_meet_the_restricted_pod_security_standard(self):
        types = {kind for kind in PROFILES if Dependency(kind, kind, {alias: dict.fromkeys(PROFILES[need['Type']]['Outputs'], 'x')
                                                                     for alias, need in PROFILES[kind].get('Requires', {}).items()}).manifests()}
        self.assertGreater(len(types), 10)
        for kind in types:
            requires = {alias: dict.fromkeys(PROFILES[need['Type']]['Outputs'], 'x') for alias, need in PROFILES[kind].get('Requires', {}).items()}
            for text in Dependency(kind, f'{kind}-check', requires).manifests():
                with self.subTest(type=kind):
                    if 'HTTPRoute' in text and not os.environ.get('TP_GATEWAY'):
                        continue
                    done = subprocess.run(['kubectl', '--kubeconfig', variable('TP_KUBECONFIG'), 'apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
                                          input=text, capture_output=True, text=True, timeout=60)
                    self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_the_guide_has_the_parameters_and_outputs_of_each_type(self):
        with open(f'{ROOT}/docs/guides/dependencies.md') as file:
            rows = [line.split('|')[1:-1] for line in file if line.startswith('| `') and line.count('|') == 5]
        told = {cells[0].strip(' `'): (set(re.findall('`(.+?)`', cells[1])), set(re.findall('`(.+?)`', cells[2]))) for cells in rows}
        taken = {kind: {*profile.get('Defaults', {}), *GIVEN.get(kind, {})} for kind, profile in PROFILES.items()}
        self.assertEqual(told, {kind: (taken[kind], set(profile.get('Outputs', {}))) for kind, profile in PROFILES.items()})

    def test_databases_of_one_postgres_server_are_private_kept_and_dropped(self):
        server = Dependency('postgres-instance', 'postgres-instance-a1').apply()
        one, two = (Dependency('postgres', name, {'server': server.outputs}).apply() for name in ('postgres-one', 'postgres-two'))
        start_pod('psql', POSTGRES)
        for outputs in (one.outputs, two.outputs):
            self.assertEqual(query(outputs, "CREATE TABLE t (x text); INSERT INTO t VALUES ('kept')"), (0, ''))
        self.assertIn('permission denied', query(one.outputs, 'SELECT 1', name=two.outputs['name'])[1])
        self.assertIn('password authentication failed', query(one.outputs, 'SELECT 1', password='wrong')[1])

        restart('postgres-instance-a1')
        kubectl('-n', NAMESPACE, 'delete', 'job/postgres-one-create')
        one.apply()
        self.assertEqual(query(one.outputs, 'SELECT x FROM t'), (0, 'kept'))

        one.apply('RemoveManifests')
        self.assertIn('password authentication failed', query(one.outputs, 'SELECT 1')[1])
        admin = {**server.outputs, 'name': 'postgres'}
        self.assertEqual(query(admin, "SELECT datname FROM pg_database WHERE datname LIKE 'postgres-%'"), (0, 'postgres-two'))
        kubectl('-n', NAMESPACE, 'delete', 'job/postgres-one-drop')
        one.apply('RemoveManifests')
        self.assertEqual(query(two.outputs, 'SELECT x FROM t'), (0, 'kept'))

    def test_redis_asks_for_its_password_and_keeps_what_it_was_given(self):
        outputs = Dependency('redis', 'redis-a1').apply().outputs
        start_pod('redis-cli', REDIS)

        def redis(*command, password=outputs['password']):
            return run('redis-cli', 'redis-cli', '--no-auth-warning', '-u', f'redis://{outputs["username"]}:{password}@{outputs["host"]}:{outputs["port"]}', *command)[1]
        self.assertIn('WRONGPASS', redis('get', 'key', password='wrong'))
        self.assertEqual(redis('set', 'key', 'kept'), 'OK')
        restart('redis-a1')
        self.assertEqual(redis('get', 'key'), 'kept')

    def test_a_volume_keeps_its_files_from_pod_to_pod(self):
        source = Dependency('volume', 'volume-a1').apply().outputs['source']
        mounted = {'container': {'volumeMounts': [{'name': 'data', 'mountPath': '/data'}]}, 'volumes': [{'name': 'data', **source}]}
        start_pod('writer', REDIS, **{**mounted, 'container': dict(mounted['container'])})
        self.assertEqual(run('writer', 'sh', '-c', 'echo kept >/data/file'), (0, ''))
        kubectl('-n', NAMESPACE, 'delete', 'pod/writer')
        start_pod('reader', REDIS, **mounted)
        self.assertEqual(run('reader', 'cat', '/data/file'), (0, 'kept'))

    def test_a_bucket_takes_objects_of_its_keys_alone(self):
        if not has_image('versity/versitygw'):
            self.skipTest('no image of the S3 server: tools/cluster/cluster images --s3')
        outputs = Dependency('s3', 's3-a1').apply().outputs
        start_pod('curl', WEB)

        def s3(*arguments, secret=outputs['secret_key']):
            return run('curl', 'curl', '-sS', '-w', '%{http_code}', '--aws-sigv4', f'aws:amz:{outputs["region"]}:s3', '--user', f'{outputs["access_key_id"]}:{secret}', '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD',
                       *arguments, f'{outputs["endpoint"]}/{outputs["bucket"]}/file')
        self.assertIn('403', s3(secret='wrong')[1])
        self.assertEqual(s3('-X', 'PUT', '--data-binary', 'kept'), (0, '200'))
        restart('s3-a1')
        self.assertEqual(s3(), (0, 'kept200'))

    def test_a_route_leads_requests_of_its_host_and_path_to_the_service(self):
        gateway = os.environ.get('TP_GATEWAY')
        if not gateway:
            self.skipTest('no gateway is up: tools/cluster/cluster gateway')
        start_pod('web', WEB, command=None)
        kubectl('apply', '-f', '-', stdin=json.dumps({'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 'web', 'namespace': NAMESPACE},
                                                      'spec': {'selector': {'app': 'web'}, 'ports': [{'name': 'web', 'port': 8080, 'targetPort': 80}]}}))
        for index, host in enumerate(('expression.localhost', 'web.localhost', 'old.localhost')):
            route = Dependency('route', f'route-a{index}')
            route.values['params']['host'] = host
            route.apply_text(route.manifests()[index])

            def answer(name):
                return subprocess.run(['curl', '-sS', '--noproxy', '*', '-H', f'Host: {name}', '-w', '%{http_code}', gateway], capture_output=True, text=True, timeout=30).stdout.strip()
            wait_for(f'{host} is served', lambda: re.fullmatch(r'served by a stand-in\s+200', answer(host)), seconds=30)
            self.assertEqual(answer('other.localhost'), '404')


if __name__ == '__main__':
    unittest.main()
