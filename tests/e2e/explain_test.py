#!/usr/bin/env python3
"""A catalogue of faults in real workloads and dependencies: the explanation of each ends at the culprit, and names it."""
import collections
import json
import os
import re
import shutil
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, is_ready, kubectl, kubectl_json, variable, wait_for

IMAGE = '127.0.0.1:5000/busybox:1'
CLOSED = '127.0.0.1:1'
MARK = f'explain-{os.getpid()}'
POLICY = f'''apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {MARK}}}
spec:
  matchConstraints:
    objectSelector: {{matchLabels: {{refused-by: {MARK}}}}}
    resourceRules: [{{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}}]
  validations: [{{expression: "false", message: only with a ticket}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {MARK}}}
spec: {{policyName: {MARK}, validationActions: [Deny]}}
'''
TAKEN = f'''apiVersion: v1
kind: Namespace
metadata: {{name: {MARK}-taken, labels: {{control-plane.threeport.io/installation: another}}}}
'''
PROGRAMS = {'fails': 'echo the disk array is on fire >&2; exit 1', 'babbles': 'echo hello'}


SCORE = f'''apiVersion: score.dev/v1b1
metadata: {{name: score-placeholder}}
containers: {{main: {{image: {IMAGE}, command: [sleep, "9999"], variables: {{HOST: "${{resources.dep.nothing}}"}}}}}}
resources: {{dep: {{type: scored}}}}
'''


def dumps(*objects):
    return '\n---\n'.join(json.dumps(one) for one in objects)


def config_map(name='settings', labels=None, **data):
    return {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': name, **({'labels': labels} if labels else {})}, 'data': data}


def deployment(image=IMAGE, command=('sleep', '9999'), volumes=(), **container):
    pod = {'terminationGracePeriodSeconds': 0, 'containers': [{'name': 'main', 'image': image, 'command': list(command), **container}],
           'volumes': list(volumes)}
    return {'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'web'},
            'spec': {'selector': {'matchLabels': {'app': 'web'}}, 'template': {'metadata': {'labels': {'app': 'web'}}, 'spec': pod}}}


def workload(name, *objects, **members):
    return {'Workload': {'Name': name, 'YAMLDocument': dumps(*objects), **members}}


def needing(name, kind, *objects, **declared):
    """A workload that needs one dependency under the alias `dep`."""
    return workload(name, *(objects or [config_map()]), Dependencies={'dep': {'Type': kind, **declared}})


def from_env(source, name, key):
    return {'env': [{'name': 'VALUE', 'valueFrom': {source: {'name': name, 'key': key}}}]}


def profile(kind, provider, params, **members):
    return {'DependencyProfile': {'Name': kind, 'Type': kind, 'Provider': provider, 'Params': params, **members}}


def made_of(kind, **members):
    return profile(kind, 'manifests', {'Manifests': dumps(config_map('${self.name}', size='${params.size}' if members.pop('sized', False) else '1'))},
                   **members)


def command(kind, program):
    return profile(kind, 'command', {'Provision': [program]})


QUOTA = {'apiVersion': 'v1', 'kind': 'ResourceQuota', 'metadata': {'name': 'none'}, 'spec': {'hard': {'pods': '0'}}}
CLAIM = {'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'metadata': {'name': 'data'},
         'spec': {'accessModes': ['ReadWriteOnce'], 'storageClassName': 'no-such-class', 'resources': {'requests': {'storage': '1Mi'}}}}
WRONG_SERVICE = {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 'web'}, 'spec': {'ports': [{'port': 99999}]}}
JOB = {'apiVersion': 'batch/v1', 'kind': 'Job', 'metadata': {'name': 'once'}, 'spec': {'backoffLimit': 0, 'template': {'spec': {
    'restartPolicy': 'Never', 'containers': [{'name': 'main', 'image': IMAGE, 'command': ['sh', '-c', 'exit 4']}]}}}}

Fault = collections.namedtuple('Fault', 'name documents reason kind words', defaults=(None,))
# What is applied makes the workload `name` fail; the chain ends at an object of `kind` with `reason`, and there the words stand.
FAULTS = [
    Fault('missing-image', [workload('missing-image', deployment('127.0.0.1:5000/no-such:9'))], 'ImagePullFailed', 'Pod', ['main', '127.0.0.1:5000/no-such:9', 'not found']),
    Fault('missing-registry', [workload('missing-registry', deployment('registry.invalid/web:1'))], 'ImagePullFailed', 'Pod', ['registry.invalid']),
    Fault('missing-config-map', [workload('missing-config-map', deployment(**from_env('configMapKeyRef', 'no-such-map', 'colour')))], 'Progressing', 'Pod', ['no-such-map']),
    Fault('missing-key', [workload('missing-key', config_map(), deployment(**from_env('configMapKeyRef', 'settings', 'colour')))], 'Progressing', 'Pod', ['colour', 'settings']),
    Fault('missing-secret', [workload('missing-secret', deployment(**from_env('secretKeyRef', 'no-such-secret', 'key')))], 'Progressing', 'Pod', ['no-such-secret']),
    Fault('missing-volume', [workload('missing-volume', deployment(volumes=[{'name': 'v', 'configMap': {'name': 'no-such-map'}}], volumeMounts=[{'name': 'v', 'mountPath': '/v'}]))], 'Progressing', 'Pod', ['no-such-map']),
    Fault('quota', [workload('quota', QUOTA, deployment())], 'QuotaExceeded', 'Object', ['/web', 'exceeded quota: none']),
    Fault('no-node', [workload('no-node', deployment(resources={'requests': {'memory': '10Ti'}}))], 'Unschedulable', 'Pod', ['nsufficient memory']),
    Fault('no-storage-class', [workload('no-storage-class', CLAIM, deployment(volumes=[{'name': 'data', 'persistentVolumeClaim': {'claimName': 'data'}}]))], 'Unschedulable', 'Pod',
     ['claim data', 'no-such-class']),
    Fault('no-definition', [workload('no-definition', {'apiVersion': f'{MARK}.io/v1', 'kind': 'Gizmo', 'metadata': {'name': 'one'}})], 'KindUnknown', 'WorkloadInstance', [f'{MARK}.io/v1/Gizmo']),
    Fault('policy', [workload('policy', config_map('guarded', {'refused-by': MARK}))], 'Rejected', 'Object', ['v1/ConfigMap/', '/guarded', 'only with a ticket']),
    Fault('crash-loop', [workload('crash-loop', deployment(command=['sh', '-c', 'exit 3']))], 'CrashLooping', 'Pod', ['main', 'exit code 3']),
    Fault('out-of-memory', [workload('out-of-memory', deployment(command=['sh', '-c', 'x=a; while :; do x=$x$x; done'], resources={'limits': {'memory': '16Mi'}}))],
     'CrashLooping', 'Pod', ['main', 'memory']),
    Fault('probe', [workload('probe', deployment(readinessProbe={'exec': {'command': ['sh', '-c', 'echo too early; exit 1']}, 'periodSeconds': 1}))], 'Progressing', 'Pod', ['main', 'Readiness probe failed']),
    Fault('no-program', [workload('no-program', deployment(command=['/no/such/program']))], 'CrashLooping', 'Pod', ['/no/such/program']),
    Fault('failed-job', [workload('failed-job', JOB)], 'CrashLooping', 'Pod', ['main', 'exit code 4']),
    Fault('invalid-service', [workload('invalid-service', WRONG_SERVICE)], 'Rejected', 'Object', ['v1/Service/', 'port', '99999']),
    Fault('program-fails', [command('failing', 'fails'), needing('program-fails', 'failing')], 'ProvisionerFailed', 'DependencyInstance', ['failing.default', 'the disk array is on fire']),
    Fault('program-babbles', [command('babbling', 'babbles'), needing('program-babbles', 'babbling')], 'ProvisionerFailed', 'DependencyInstance', ['babbling.default', 'JSON']),
    Fault('program-not-allowed', [command('forbidden', '/bin/true'), needing('program-not-allowed', 'forbidden')], 'ProvisionerFailed', 'DependencyInstance', ['/bin/true', '--command-directory']),
    Fault('service-away', [profile('away', 'http', {'URL': f'http://{CLOSED}/'}), needing('service-away', 'away')], 'ProvisionerFailed', 'DependencyInstance', ['away.default', CLOSED]),
    Fault('template', [made_of('base', Outputs={'host': 'x'}), made_of('templated', Requires={'base': {'Type': 'base'}}, Outputs={'host': '${requires.base.nothing}'}),
                  needing('template', 'templated')], 'Rejected', 'DependencyInstance', ['templated', 'nothing']),
    Fault('param-missing', [made_of('sized', sized=True), needing('param-missing', 'sized')], 'Rejected', 'DependencyInstance', ['sized.default', 'size']),
    Fault('param-unknown', [made_of('plain'), needing('param-unknown', 'plain', Params={'colour': 'red'})], 'Rejected', 'DependencyInstance', ['plain.default', 'colour']),
    Fault('output-unknown', [made_of('outputs', Outputs={'host': 'x'}), needing('output-unknown', 'outputs', config_map(host='${resources.dep.hots}'))], 'InvalidManifest', 'WorkloadInstance',
     ['resources.dep.hots', 'host']),
    Fault('secret-in-wrong-place', [made_of('secretive', Outputs={'password': {'Secret': 'x'}}), needing('secret-in-wrong-place', 'secretive', config_map(host='${resources.dep.password}'))],
     'InvalidManifest', 'WorkloadInstance', ['password', 'data.host']),
    Fault('unknown-type', [needing('unknown-type', 'no-such-type')], 'Rejected', 'WorkloadInstance', ['resources.dep', 'no-such-type', 'DependencyProfile']),
    Fault('deep', [made_of('middle', Requires={'below': {'Type': 'bottom'}}), command('bottom', 'fails'), needing('deep', 'middle')], 'ProvisionerFailed', 'DependencyInstance',
     ['bottom.default', 'the disk array is on fire']),
    Fault('cluster-down', [workload('cluster-down', config_map(), KubernetesRuntimeInstance={'Name': 'down'})], 'RuntimeUnreachable', 'KubernetesRuntimeInstance', ['down', CLOSED]),
    Fault('credentials', [workload('credentials', config_map(), KubernetesRuntimeInstance={'Name': 'expired'})], 'CredentialsInvalid', 'KubernetesRuntimeInstance', ['expired', 'credentials']),
    Fault('namespace-taken', [workload('namespace-taken', {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': f'{MARK}-taken'}}, config_map())], 'NamespaceTaken', 'Object',
     [f'v1/Namespace//{MARK}-taken']),
    Fault('conflict', [made_of('owned', sized=True, Scope='global'), needing('owner', 'owned', ID='main', Params={'size': '1'}),
                       needing('conflict', 'owned', ID='main', Params={'size': '2'})], 'ParamsConflict', 'WorkloadInstance', ['owned.default#main', 'size', 'another ID']),
    Fault('invalid-manifest', [workload('invalid-manifest', {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {}})], 'InvalidManifest', 'WorkloadDefinition', ['metadata.name', 'line 1']),
    Fault('score-placeholder', [made_of('scored', Outputs={'host': 'x'}), {'Score': SCORE}], 'InvalidManifest', 'WorkloadInstance', ['resources.dep.nothing']),
    Fault('homeless', [{'Environment': {'Name': 'nowhere', 'InfraProvider': 'eks'}}, workload('homeless', config_map(), Environment={'Name': 'nowhere'})],
          'RuntimeNotReady', 'Environment', ['nowhere', 'InfraProvider eks']),
]


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubectl('apply', '-f', '-', stdin=POLICY + '---\n' + TAKEN)
        cls.addClassCleanup(kubectl, 'delete', '--wait=false', '-f', '-', stdin=POLICY + '---\n' + TAKEN)
        cls.server = Server()
        cls.addClassCleanup(shutil.rmtree, cls.server.folder)
        programs = os.path.join(cls.server.folder, 'programs')
        os.mkdir(programs)
        for name, text in PROGRAMS.items():
            with open(os.path.join(programs, name), 'w') as file:
                file.write(f'#!/bin/sh\n{text}\n')
            os.chmod(file.name, 0o755)
        cls.server.options['command-directory'] = programs
        cls.server.start()
        cls.addClassCleanup(cls.leave)
        cls.server.adopt()
        cls.add_broken_runtimes()
        cls.server.apply({'Environment': {'Name': 'dev', 'KubernetesRuntimeInstance': {'Name': 'local'}}})

    @classmethod
    def add_broken_runtimes(cls):
        whole = kubectl_json('config', 'view', '--raw', '--flatten', '--minify')
        down, expired = json.loads(json.dumps(whole)), json.loads(json.dumps(whole))
        down['clusters'][0]['cluster']['server'] = f'https://{CLOSED}'
        expired['users'][0]['user'] = {'token': 'expired'}
        for name, kubeconfig in (('down', down), ('expired', expired)):
            cls.server.apply({'KubernetesRuntime': {'Name': name, 'InfraProvider': 'kubeconfig', 'Location': 'Local', 'Kubeconfig': json.dumps(kubeconfig)}})

    @classmethod
    def leave(cls):
        """What failing workloads have made lies in namespaces of their installation; what takes time to end need not be waited for."""
        installation = re.search(r'installation=(\S+)', cls.server.log())[1]
        cls.server.kill()
        kubectl('delete', 'namespace', '--wait=false', '-l', f'control-plane.threeport.io/installation={installation}')

    def apply(self, fault):
        for document in fault.documents:
            status, answer = self.server.call('POST', '/v0/apply', {'Documents': [document], **({'Environment': 'dev'} if 'Score' in document else {})})
            if status == 400 and 'Workload' in document:
                self.add_unchecked(document['Workload'])
            else:
                self.assertEqual(status, 200, f'{fault.name}: {answer}')
            other = document.get('Workload', {}).get('Name', fault.name)
            if other != fault.name:  # whoever comes first owns what both want
                wait_for(f'{other} is healthy', lambda: is_ready(self.server.objects(f'workload-instances?name={other}')[0]))

    def add_unchecked(self, members):
        """As clients of v0 do: what apply refuses at once is found out later."""
        runtime = self.server.objects('kubernetes-runtime-instances?name=local')[0]['ID']
        status, answer = self.server.call('POST', '/v0/workload-definitions', members)
        self.assertEqual(status, 201, answer)
        status, answer = self.server.call('POST', '/v0/workload-instances', {
            'Name': members['Name'], 'WorkloadDefinitionID': answer['Data'][0]['ID'], 'KubernetesRuntimeInstanceID': runtime})
        self.assertEqual(status, 201, answer)

    def explain(self, name):
        for item in self.server.objects('workload-instances'):
            if item['Name'] in (name, f'{name}-dev', f'{name}-nowhere'):
                status, answer = self.server.call('GET', f'/v0/explain/workload-instances/{item["ID"]}')
                self.assertEqual(status, 200, answer)
                return answer['Data'][0]
        return self.fail(f'there is no workload instance {name}')

    def names_the_culprit(self, fault):
        told = self.explain(fault.name)
        cause = told.get('RootCause', {})
        is_found = cause.get('Reason') == fault.reason and cause.get('Kind') == fault.kind and told['Chain'][-1] == cause
        return is_found and all(word in json.dumps(cause) for word in fault.words)

    def test_the_cause_of_every_fault_is_named(self):
        for fault in FAULTS:
            self.apply(fault)
        open_faults, end = list(FAULTS), time.monotonic() + 120
        while open_faults and time.monotonic() < end:
            open_faults = [fault for fault in open_faults if not self.names_the_culprit(fault)]
            time.sleep(1)
        for fault in open_faults:
            with self.subTest(fault.name):
                self.fail(f'expected {fault.reason} of {fault.kind} with {fault.words}: {json.dumps(self.explain(fault.name), indent=1)}')
        for fault in FAULTS:
            with self.subTest(fault.name):
                told = self.explain(fault.name)
                self.assertTrue(told['Summary'].endswith(told['RootCause']['Message']), told)
                self.assertNotIn('what the message names; it is tried again', told['Fix'])
                self.assertEqual(told['Change']['By'], 'anonymous')

    def test_the_change_that_broke_it_is_named(self):
        self.server.apply(workload('edited', deployment()))
        wait_for('the workload is healthy', lambda: is_ready(self.server.objects('workload-instances?name=edited')[0]))
        self.server.apply(workload('edited', deployment('127.0.0.1:5000/no-such:9')))
        wait_for('the missing image is told', lambda: self.explain('edited').get('RootCause', {}).get('Reason') == 'ImagePullFailed')
        change = self.explain('edited')['Change']
        self.assertEqual((change['Kind'], change['Member'], change['By']), ('WorkloadDefinition', 'YAMLDocument', 'anonymous'))
        told = self.server.tptctl('explain', 'workload', 'edited')
        self.assertEqual(told.returncode, 0, told.stderr)
        for words in ('edited is not ready', '/web-', 'anonymous changed workload-definition/edited, YAMLDocument', 'Fix:'):
            self.assertIn(words, told.stdout)

    def test_a_graph_has_what_is_used_and_by_whom(self):
        self.server.apply(made_of('lower'), made_of('upper', Requires={'low': {'Type': 'lower'}}), needing('user', 'upper'))
        wait_for('the user is healthy', lambda: is_ready(self.server.objects('workload-instances?name=user')[0]))
        user = self.server.objects('workload-instances?name=user')[0]['ID']
        graph = self.server.call('GET', f'/v0/graph?workloadinstance={user}')[1]['Data'][0]
        upper, lower = 'DependencyInstance/upper.default#user.dep', 'DependencyInstance/lower.default#user.dep.low'
        self.assertEqual([(edge['From'], edge['To'], edge['Alias']) for edge in graph['Edges']],
                         [('WorkloadInstance/user', upper, 'dep'), (upper, lower, 'low')])
        self.assertEqual({node['ID']: node['Ready'] for node in graph['Nodes']}, {'WorkloadInstance/user': True, upper: True, lower: True})
        self.assertIn('  dep: upper.default#user.dep', self.server.tptctl('graph', 'workload', 'user').stdout)


if __name__ == '__main__':
    variable('TP_KUBECONFIG')
    unittest.main()
