#!/usr/bin/env python3
"""What users see of a cluster that lacks a kind, cannot be reached, or refuses the credentials; and that it ends by itself."""
import base64
import json
import os
import shutil
import subprocess
import sys
import unittest
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Relay, Server, condition, installation_of, is_ready, kubectl, kubectl_json, owned, variable, wait_for

TIMED_OUT, STALLED = 8, 9
SETTINGS = '''apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {value: "%s"}
'''
GIZMO = '''apiVersion: %(group)s/v1
kind: Gizmo
metadata: {name: one}
spec: {size: 3}
'''
GIZMO_DEFINITION = '''apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gizmos.%(group)s}
spec:
  group: %(group)s
  scope: Namespaced
  names: {plural: gizmos, singular: gizmo, kind: Gizmo}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
'''


class RuntimeFaults(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)
        self.kubeconfig = kubectl_json('config', 'view', '--raw', '--flatten', '--minify')

    def tearDown(self):
        for item in self.server.objects('workload-instances'):
            self.server.call('DELETE', f'/v0/workload-instances/{item["ID"]}')
        wait_for('everything is deleted', lambda: not self.server.objects('workload-instances'))

    def adopt(self, kubeconfig=None):
        """Makes the cluster the default runtime, or changes the way to it."""
        self.server.adopt(json.dumps(kubeconfig or self.kubeconfig))

    def runtime(self):
        return self.server.objects('kubernetes-runtime-instances')[0]

    def workload(self, name):
        return self.server.objects(f'workload-instances?name={name}')[0]

    def tptctl_apply(self, name, manifests, *options):
        with open(os.path.join(self.server.folder, f'{name}.yaml'), 'w') as file:
            file.write(manifests)
        return self.server.tptctl('apply', '-f', f'{name}.yaml', *options)

    def wait_for_reason(self, look, reason):
        try:
            return wait_for(f'Ready has the reason {reason}', lambda: condition(look(), 'Ready').get('Reason') == reason and look())
        except AssertionError:
            self.fail(f'Ready never has the reason {reason}: {look()["Conditions"]}')

    def value_of(self, name):
        return kubectl_json('-n', self.workload(name)['Namespace'], 'get', 'configmap', 'settings')['data']['value']


class KindUnknown(RuntimeFaults):
    def test_a_kind_that_the_cluster_lacks_is_named_and_nothing_is_made(self):
        self.adopt()
        group = f'test{os.getpid()}.threeport.io'
        definition = GIZMO_DEFINITION % {'group': group}
        self.addCleanup(kubectl, 'delete', '--ignore-not-found', '-f', '-', stdin=definition)
        done = self.tptctl_apply('gizmos', SETTINGS % 'one' + '---\n' + GIZMO % {'group': group}, '--wait=60s')
        self.assertEqual(done.returncode, STALLED, done.stderr)
        for word in ('KindUnknown', f'{group}/v1/Gizmo', 'document 2, line 6', 'CustomResourceDefinition'):
            self.assertIn(word, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        told = self.server.tptctl('describe', 'workload', 'gizmos').stdout
        self.assertIn('KindUnknown', told)
        self.assertIn(f'{group}/v1/Gizmo', told)
        self.assertEqual(self.server.objects('workload-resource-instances'), [])
        namespaces = [item['metadata']['name'] for item in kubectl_json('get', 'namespaces')['items']]
        self.assertEqual([name for name in namespaces if name.startswith('gizmos-')], [])

        kubectl('apply', '-f', '-', stdin=definition)
        wait_for('the workload goes on once the kind is there', lambda: is_ready(self.workload('gizmos')))
        self.assertEqual(self.value_of('gizmos'), 'one')


class Unreachable(RuntimeFaults):
    def test_a_cluster_that_cannot_be_reached_is_told_and_caught_up_with(self):
        cluster = self.kubeconfig['clusters'][0]['cluster']
        url = urlsplit(cluster['server'])
        relay = Relay(url.hostname, url.port or 443)
        self.addCleanup(relay.cut)
        cluster.update({'server': f'https://127.0.0.1:{relay.port}', 'tls-server-name': url.hostname})
        self.adopt()
        self.assertEqual(self.tptctl_apply('before', SETTINGS % 'one', '--wait=60s').returncode, 0)

        relay.cut()
        done = self.tptctl_apply('before', SETTINGS % 'two', '--wait=5s')
        self.assertEqual(done.returncode, TIMED_OUT, done.stderr)
        self.assertIn('RuntimeUnreachable', done.stderr)
        self.assertIn(f'127.0.0.1:{relay.port}', done.stderr)
        self.assertEqual(self.tptctl_apply('during', SETTINGS % 'one').returncode, 0)
        self.wait_for_reason(self.runtime, 'RuntimeUnreachable')
        told = self.server.tptctl('describe', 'kubernetes-runtime', 'local').stdout
        self.assertIn('RuntimeUnreachable', told)
        self.assertEqual(self.value_of('before'), 'one')
        self.assertEqual(self.server.ask('GET', '/readyz')[0], 200, 'a cluster that is away is no reason to be restarted')

        relay.mend()
        for name, value in (('before', 'two'), ('during', 'one')):
            wait_for(f'{name} is delivered', lambda: is_ready(self.workload(name)) and self.workload(name)['Reconciled'], seconds=120)
            self.assertEqual(self.value_of(name), value)
        self.assertTrue(is_ready(self.runtime()))
        self.assertEqual(len(owned(installation_of(self.server))), 4)


class Credentials(RuntimeFaults):
    def base64_of(self, path):
        with open(path, 'rb') as file:
            return base64.b64encode(file.read()).decode()

    def with_user(self, **user):
        return {**self.kubeconfig, 'users': [{'name': self.kubeconfig['users'][0]['name'], 'user': user}]}

    def test_credentials_that_the_cluster_does_not_know(self):
        folder = self.server.folder
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=stranger', '-keyout', f'{folder}/key.pem',
                        '-out', f'{folder}/certificate.pem'], check=True, capture_output=True)
        certificate, key = (self.base64_of(f'{folder}/{name}.pem') for name in ('certificate', 'key'))
        for user in ({'token': 'expired'}, {'client-certificate-data': certificate, 'client-key-data': key}):
            with self.subTest(list(user)):
                self.adopt(self.with_user(**user))
                seen = self.wait_for_reason(self.runtime, 'CredentialsInvalid')
                self.assertEqual(condition(seen, 'Stalled')['Status'], 'True')
                self.assertIn('renew the credentials', condition(seen, 'Ready')['Message'])
        done = self.tptctl_apply('stranger', SETTINGS % 'one', '--wait=5s')
        self.assertEqual(done.returncode, TIMED_OUT, done.stderr)
        self.assertIn('renew the credentials', done.stderr)
        self.assertEqual(self.server.objects('workload-resource-instances'), [])
        self.adopt()
        wait_for('delivered with the right credentials', lambda: is_ready(self.workload('stranger')))

    def test_credentials_that_expire_while_workloads_run(self):
        account = f'expiring-{os.getpid()}'
        kubectl('-n', 'default', 'create', 'serviceaccount', account)
        self.addCleanup(kubectl, '-n', 'default', 'delete', 'serviceaccount', account, '--ignore-not-found')
        kubectl('create', 'clusterrolebinding', account, '--clusterrole=cluster-admin', f'--serviceaccount=default:{account}')
        self.addCleanup(kubectl, 'delete', 'clusterrolebinding', account)
        token = kubectl('-n', 'default', 'create', 'token', account).strip()
        self.adopt(self.with_user(token=token))
        self.assertEqual(self.tptctl_apply('before', SETTINGS % 'one', '--wait=60s').returncode, 0)

        kubectl('-n', 'default', 'delete', 'serviceaccount', account)  # its tokens end with it
        wait_for('the cluster refuses the token', lambda: self.is_refused(token), seconds=30)
        done = self.tptctl_apply('before', SETTINGS % 'two', '--wait=30s')
        self.assertEqual(done.returncode, STALLED, done.stderr)
        self.assertIn('CredentialsInvalid', done.stderr)
        self.assertIn('renew the credentials', done.stderr)
        self.assertEqual(self.value_of('before'), 'one')
        self.adopt()
        wait_for('delivered with the new credentials', lambda: is_ready(self.workload('before')) and self.workload('before')['Reconciled'])
        self.assertEqual(self.value_of('before'), 'two')

    def is_refused(self, token):
        """The API server remembers good tokens for some seconds."""
        path = os.path.join(self.server.folder, 'kubeconfig')
        with open(path, 'w') as file:
            json.dump(self.with_user(token=token), file)
        done = subprocess.run(['kubectl', '--kubeconfig', path, 'get', 'namespaces'], capture_output=True, text=True)
        return done.returncode != 0 and 'Unauthorized' in done.stderr


if __name__ == '__main__':
    variable('TP_KUBECONFIG')
    unittest.main()
