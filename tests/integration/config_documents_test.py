#!/usr/bin/env python3
"""Configuration documents of every kind: applied, shown in every form, described and deleted again, those of samples/ and those of v0."""
import glob
import json
import os
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, condition, variable, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get('TP_SHARED', os.path.join(ROOT, '..', 'shared'))
CONFLICT = 4

# Files of samples/ in the order in which they need each other, with the kinds and names that users ask for.
SAMPLES = [
    ('aws-account/account.yaml', ['aws-account default-account']),
    ('hello/workload.yaml', ['workload hello', 'workload-definition hello', 'workload-instance hello']),
    ('gateway/gateway.yaml', ['domain-name example-com', 'domain-name-instance hello-example-com', 'gateway hello-web']),
    ('aws-database/database.yaml', ['aws-relational-database orders']),
    ('aws-bucket/bucket.yaml', ['aws-object-storage-bucket pictures']),
    ('secret/secret.yaml', ['secret greeting-key']),
    ('helm-workload/release.yaml', ['helm-workload blog', 'helm-workload-instance blog']),
    ('terraform/network.yaml', ['terraform network', 'terraform-definition network']),
    ('observability-stack/stack.yaml', ['observability-stack watchtower']),
    ('control-plane/control-plane.yaml', ['control-plane team-a']),
    ('kubernetes-runtime/runtime.yaml', ['kubernetes-runtime remote']),
    ('aws-eks/cluster.yaml', ['aws-eks-kubernetes-runtime eks-east', 'kubernetes-runtime-instance eks-east']),
    ('provisioner/profile.yaml', ['dependency-profile note']),
    ('score/environment.yaml', ['environment dev']),
    ('shop/shop.yaml', ['workload shop', 'domain-name-instance shop-shop-domain', 'gateway shop-web', 'aws-relational-database shop-db',
                        'aws-object-storage-bucket shop-pictures', 'secret shop-key']),
]

# Those of v0; secret.yaml and aws-rds.yaml belong to objects that no file of theirs makes.
V0 = [
    ('aws/default-aws-account.yaml', ['aws-account default-account']),
    ('workload/wordpress-workload-local.yaml', ['workload wordpress']),
    ('workload/wordpress-workload-definition-local.yaml', ['workload-definition wordpress']),
    ('workload/wordpress-workload-instance-local.yaml', ['workload-instance wordpress-01']),
    ('workload/before-rds.yaml', ['workload-instance wordpress-0']),
    ('aws/aws-rds.yaml', ['aws-relational-database wordpress-db-5']),
    ('secret/secret.yaml', ['secret sensitive-data']),
    ('helm/wordpress-helm-workload.yaml', ['helm-workload wordpress-dev']),
    ('k8s/k8s-runtime-definition.yaml', ['kubernetes-runtime-definition eks-k8s-runtime']),
    ('k8s/k8s-runtime-instance.yaml', ['kubernetes-runtime-instance eks-k8s-runtime-01']),
    ('k8s/k8s-runtime.yaml', ['kubernetes-runtime eks-remote']),
]


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


def write(text, *path):
    with open(os.path.join(*path), 'w') as file:
        file.write(text)


class ConfigDocuments(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def tptctl(self, *arguments, code=0):
        done = self.server.tptctl(*arguments)
        self.assertEqual(done.returncode, code, f'{arguments}: {done.stdout}{done.stderr}')
        return done.stdout

    def show(self, kind, name):
        self.assertIn(f'/{name}', self.tptctl('get', kind, name, '-o', 'name') + f'/{name}')
        for form in ('table', 'wide'):
            lines = self.tptctl('get', kind, name, '-o', form).splitlines()
            self.assertEqual(len(lines), 2, lines)
            self.assertTrue(lines[0].endswith('AGE'))
        self.assertIn(name, json.dumps(json.loads(self.tptctl('get', kind, name, '-o', 'json'))))
        self.assertIn('Name:', self.tptctl('get', kind, name, '-o', 'yaml'))
        self.assertIn('Kind:', self.tptctl('describe', kind, name))
        self.assertIn('ID', json.loads(self.tptctl('describe', kind, '-n', name, '-o', 'json')))
        listed = self.tptctl('get', kind + 's')
        self.assertIn(name, listed)

    def round(self, folder, files):
        """Applies the files one after the other, looks at everything, and deletes it backwards."""
        for file, shown in files:
            with self.subTest(file):
                path = os.path.join(folder, file)
                outcomes = {line.split()[-1] for line in self.tptctl('apply', '-f', path).splitlines()}
                self.assertLessEqual(outcomes, {'created', 'unchanged'})
                # What is stored without being shown cannot be compared, so a secret is always written again.
                again = [line for line in self.tptctl('apply', '-f', path).splitlines() if not line.startswith('secret-definition/')]
                self.assertEqual({line.split()[-1] for line in again} - {'unchanged'}, set(), again)
                for one in shown:
                    self.show(*one.split())
        for file, shown in files:
            if len(re.findall(r'^\w+:', read(folder, file), re.M)) == 1:
                self.tptctl('create', shown[0].split()[0], '-c', os.path.join(folder, file), code=CONFLICT)
        self.check_conditions()
        for file, _ in reversed(files):
            with self.subTest(file):
                self.tptctl('delete', '-f', os.path.join(folder, file), '--wait=4m')

    def check_conditions(self):
        """Kinds without a controller say so."""
        for path in ('gateway-definitions', 'helm-workload-instances', 'terraform-instances', 'secret-instances'):
            for item in self.server.objects(path):
                reason = wait_for(f'{path} have a condition', lambda: [
                    condition(one, 'Ready').get('Reason') for one in self.server.objects(path) if one['ID'] == item['ID'] and one.get('Conditions')])
                self.assertEqual(reason, ['NoController'], item)

    def check_empty(self, but=('local',)):
        for line in self.tptctl('get', 'workloads', '-o', 'name').splitlines():
            self.fail(f'{line} is left')
        for path in ('gateway-definitions', 'domain-name-definitions', 'secret-definitions', 'helm-workload-definitions', 'aws-accounts',
                     'aws-relational-database-instances', 'control-plane-instances', 'observability-stack-definitions', 'terraform-definitions'):
            self.assertEqual(self.server.objects(path), [], path)
        self.assertLessEqual({one['Name'] for one in self.server.objects('kubernetes-runtime-definitions')}, set(but))

    def test_samples(self):
        self.server.adopt()
        folder = os.path.join(ROOT, 'samples')
        known = {os.path.join(folder, file) for file, _ in SAMPLES} | {os.path.join(folder, 'counter', 'workload.yaml')}
        written = {path for path in glob.glob(os.path.join(folder, '*', '*.yaml')) if re.search(r'^[A-Z]\w+:$', read(path), re.M)}
        self.assertEqual(written - known, set(), 'samples that this test does not know')
        self.round(folder, SAMPLES)
        self.check_empty()

    def test_samples_of_v0(self):
        corpus = os.path.join(SHARED, 'corpus', 'threeport')
        if not os.path.isdir(corpus):
            print('not run: ../shared absent')
            return
        folder = tempfile.mkdtemp(prefix='threeport-documents-')
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(corpus, folder, dirs_exist_ok=True)
        self.complete(folder)
        listed = {os.path.join(folder, file) for file, _ in V0}
        written = {path for path in glob.glob(os.path.join(folder, '*', '*.yaml')) if 'manifest' not in path and '-values' not in path}
        self.assertEqual(written - listed, set(), 'samples that this test does not know')
        self.server.adopt()
        self.server.apply({'KubernetesRuntime': {'Name': 'threeport-dev-0', 'InfraProvider': 'kind', 'Location': 'Local',
                                                 'Kubeconfig': read(variable('TP_KUBECONFIG'))}})
        self.round(folder, V0[2:3])
        self.round(folder, V0[:2] + V0[3:])
        self.check_empty(('local', 'threeport-dev-0'))

    def complete(self, folder):
        """Writes what the samples of v0 name, and leave to their reader."""
        write('[default]\nregion = us-east-1\n', folder, 'aws', 'config')
        write('[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = EXAMPLEKEY\n', folder, 'aws', 'credentials')
        account = read(folder, 'aws', 'default-aws-account.yaml')
        self.assertIn('/path/to/local/.aws/', account)
        write(account.replace('/path/to/local/.aws/', os.path.join(folder, 'aws') + '/'), folder, 'aws', 'default-aws-account.yaml')
        for part in ('definition', 'instance-dev'):
            write('replicaCount: 1\n', folder, 'helm', f'wordpress-helm-workload-{part}-values.yaml')
        write('WorkloadInstance:\n  Name: wordpress-0\n  WorkloadDefinition:\n    Name: wordpress\n', folder, 'workload', 'before-rds.yaml')
        # Its images are not needed here, and neither are its disks.
        write('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: wordpress\n', folder, 'workload', 'wordpress-manifest-local.yaml')


if __name__ == '__main__':
    unittest.main()
