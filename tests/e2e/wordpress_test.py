#!/usr/bin/env python3
"""The WordPress of v0's documentation, unchanged: delivered, explained as far as its images cannot be had, and removed without a trace."""
import json
import os
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, condition, kubectl, kubectl_json, owned, installation_of, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.environ.get('TP_SHARED', os.path.join(os.path.dirname(ROOT), 'shared')), 'corpus', 'threeport')
TIMED_OUT = 8
IMAGES = {'wordpress': 'docker.io/bitnami/wordpress:6.2.0-debian-11-r22', 'mariadb': 'docker.io/bitnami/mariadb:10.11.3-debian-11-r0'}
CLAIMS = ('getting-started-wordpress', 'data-getting-started-mariadb-0')
OBJECTS = ['ConfigMap/getting-started-mariadb', 'Deployment/getting-started-wordpress', 'PersistentVolumeClaim/getting-started-wordpress',
           'Secret/getting-started-mariadb', 'Secret/getting-started-wordpress', 'Service/getting-started-mariadb',
           'Service/getting-started-wordpress', 'ServiceAccount/getting-started-mariadb', 'StatefulSet/getting-started-mariadb']
KINDS = 'namespaces,serviceaccounts,secrets,configmaps,persistentvolumeclaims,services,deployments,statefulsets,replicasets,pods'
WHY = r'(cannot be pulled|not found in docker\.io)'  # what exactly depends on where the registry is looked for


class WordPress(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def tptctl(self, *arguments):
        done = self.server.tptctl(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def apply(self, name, *options):
        return self.tptctl('apply', '-f', os.path.join(CORPUS, 'workload', name), *options)

    def instance(self, name):
        return self.server.objects(f'workload-instances?name={name}')[0]

    def has_default_storage_class(self):
        return any(item['metadata'].get('annotations', {}).get('storageclass.kubernetes.io/is-default-class') == 'true'
                   for item in kubectl_json('get', 'storageclasses')['items'])

    def give_volumes(self, namespace):
        """Volumes for the claims of the namespace, by hand, as an operator without a provisioner does it."""
        for claim in CLAIMS:
            name = f'{namespace}-{claim}'
            volume = {'apiVersion': 'v1', 'kind': 'PersistentVolume', 'metadata': {'name': name},
                      'spec': {'capacity': {'storage': '10Gi'}, 'accessModes': ['ReadWriteOnce'], 'hostPath': {'path': f'{self.server.folder}/{name}', 'type': 'DirectoryOrCreate'},
                               'persistentVolumeReclaimPolicy': 'Retain', 'claimRef': {'namespace': namespace, 'name': claim}}}
            kubectl('create', '-f', '-', stdin=json.dumps(volume))
            self.addCleanup(kubectl, 'delete', 'persistentvolume', '--wait=false', name)

    def ready_message(self, name):
        return condition(self.instance(name), 'Ready').get('Message', '')

    def test_is_delivered_explained_and_removed(self):
        self.server.adopt()
        self.assertEqual(self.apply('wordpress-workload-local.yaml').split(), ['workload-definition/wordpress', 'created', 'workload-instance/wordpress', 'created'])
        namespace = wait_for('its namespace is told', lambda: self.instance('wordpress').get('Namespace'))
        if not self.has_default_storage_class():
            wait_for('the missing storage is told', lambda: 'no storage class is set' in self.ready_message('wordpress'))
            self.assertRegex(self.ready_message('wordpress'), r'claim (getting-started-wordpress|data-getting-started-mariadb-0): no persistent volumes')
            self.give_volumes(namespace)
        wait_for('the pull failure is told', lambda: re.search(WHY, self.ready_message('wordpress')), seconds=120)
        installation = installation_of(self.server)
        present = [f'{kind}/{name}' for ns, kind, name in owned(installation, KINDS) if ns == namespace and kind not in ('Pod', 'ReplicaSet')]
        self.assertEqual([name for name in present if not name.startswith('PersistentVolumeClaim/data-')], OBJECTS)

        self.assert_described()
        self.assert_wait_ends()

        # The separate documents are the same definition, and a second instance of it.
        printed = self.tptctl('apply', '-f', os.path.join(CORPUS, 'workload', 'wordpress-workload-definition-local.yaml'),
                              '-f', os.path.join(CORPUS, 'workload', 'wordpress-workload-instance-local.yaml'))
        self.assertEqual(printed.split(), ['workload-definition/wordpress', 'unchanged', 'workload-instance/wordpress-01', 'created'])
        self.assertEqual(self.apply('wordpress-workload-local.yaml').split(), ['workload-definition/wordpress', 'unchanged', 'workload-instance/wordpress', 'unchanged'])
        second = wait_for('the namespace of the second instance is told', lambda: self.instance('wordpress-01').get('Namespace'))
        self.assertNotEqual(second, namespace)
        if not self.has_default_storage_class():
            self.give_volumes(second)
        wait_for('the second instance is told of as well', lambda: re.search(WHY, self.ready_message('wordpress-01')), seconds=120)

        self.tptctl('delete', 'workload-instance', 'wordpress-01')
        self.tptctl('delete', '-f', os.path.join(CORPUS, 'workload', 'wordpress-workload-local.yaml'))
        self.assert_clean(installation, [namespace, second])

    def assert_described(self):
        """The worst cause with its controller, and each pod with its image and the registry's words."""
        def is_told(container, image):
            return re.search(rf'- Failed: Pod getting-started-{container}-\S+: Failed to pull image "{image}": \S',
                             self.tptctl('describe', 'workload', 'wordpress'))
        for container, image in IMAGES.items():
            wait_for(f'the registry\'s answer for {container} is told', lambda: is_told(container, image), seconds=120)
        worst = rf'ImagePullFailed: (Deployment|StatefulSet) getting-started-\w+: container (wordpress|mariadb): image ({"|".join(IMAGES.values())}) {WHY}'
        wait_for('the worst cause is told', lambda: re.search(worst, self.tptctl('describe', 'workload', 'wordpress')))
        told = self.tptctl('describe', 'workload', 'wordpress')
        self.assertNotIn('WHZOWUhMZ3RFUw', told, 'a secret value')
        wait_for('the state of the controllers is recorded', lambda: self.tptctl('describe', 'workload', 'wordpress').count('0 of 1 pods ready') >= 2)

    def assert_wait_ends(self):
        """A missing image may come yet, so --wait waits until its time is up, and tells what it waited for."""
        done = self.server.tptctl('apply', '-f', os.path.join(CORPUS, 'workload', 'wordpress-workload-local.yaml'), '--wait=2s')
        self.assertEqual(done.returncode, TIMED_OUT, done.stderr)
        self.assertRegex(done.stderr, f'not ready after 2s: .*ImagePullFailed: .*image docker.io/bitnami/.* {WHY}')
        self.assertIn('tptctl describe workload-instance wordpress', done.stderr)

    def assert_clean(self, installation, namespaces):
        self.assertEqual(owned(installation, KINDS), [])
        present = [item['metadata']['name'] for item in kubectl_json('get', 'namespaces')['items']]
        self.assertEqual([name for name in namespaces if name in present], [])
        for plural in ('workload-definitions', 'workload-instances', 'workload-resource-definitions', 'workload-resource-instances', 'workload-events', 'revisions'):
            self.assertEqual(self.server.objects(plural), [], plural)

    def test_runtimes_of_a_provider_that_has_no_controller_say_so(self):
        files = [argument for name in ('k8s-runtime-definition.yaml', 'k8s-runtime-instance.yaml') for argument in ('-f', os.path.join(CORPUS, 'k8s', name))]
        self.assertEqual(self.tptctl('apply', *files).split(), ['kubernetes-runtime-definition/eks-k8s-runtime', 'created',
                                                               'kubernetes-runtime-instance/eks-k8s-runtime-01', 'created'])
        self.assertIn('unchanged', self.tptctl('apply', *files))
        self.assertEqual(wait_for('its state is told', lambda: condition(self.server.objects('kubernetes-runtime-instances')[0], 'Ready'))['Reason'], 'NoController')
        told = self.tptctl('describe', 'kubernetes-runtime', 'eks-k8s-runtime-01')
        self.assertIn('cannot make EKS clusters yet', told)
        self.tptctl('delete', *files)
        runtime = os.path.join(CORPUS, 'k8s', 'k8s-runtime.yaml')
        self.assertEqual(self.tptctl('apply', '-f', runtime).split(), ['kubernetes-runtime-definition/eks-remote', 'created', 'kubernetes-runtime-instance/eks-remote', 'created'])
        self.tptctl('delete', '-f', runtime)
        for plural in ('kubernetes-runtime-definitions', 'kubernetes-runtime-instances'):
            self.assertEqual(self.server.objects(plural), [])


if __name__ == '__main__':
    if not os.path.isdir(CORPUS):
        print('not run: ../shared absent')
        sys.exit(0)
    unittest.main()
