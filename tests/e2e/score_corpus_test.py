#!/usr/bin/env python3
"""The examples of the Score project, unchanged, as their readers deliver them: each in an environment of its own, all at once on a real
cluster; healthy, wired to what they ask for, and removed with their environments without a trace.

Servers whose images are not at hand have a profile here that stands for them: what is wired is tested, not the server."""
import concurrent.futures
import contextlib
import glob
import json
import os
import re
import shutil
import sys
import threading
import unittest

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, condition, installation_of, kubectl, owned, wait_for
from delivered import Delivered, page

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.environ.get('TP_SHARED', os.path.join(os.path.dirname(ROOT), 'shared')), 'corpus', 'score')
KINDS = 'namespaces,secrets,configmaps,persistentvolumeclaims,services,deployments,statefulsets,horizontalpodautoscalers,jobs,pods'
INVALID = 2
# Outputs of what stands for a server or service, by type; those in SECRETS are secret.
STANDINS = {
    'amqp': {'host': 'rabbit', 'port': 5672, 'vhost': 'app', 'username': 'user', 'password': 'pa55'},
    'mongodb': {'host': 'mongo', 'port': 27017, 'username': 'user', 'password': 'pa55', 'connection': 'mongodb://user:pa55@mongo:27017/'},
    'mysql': {'host': 'mysql', 'port': 3306, 'name': 'app', 'username': 'user', 'password': 'pa55'},
    'kafka-topic': {'host': 'kafka', 'port': 9092, 'name': 'topic', 'num_partitions': 3},
    'elasticsearch': {'host': 'elastic', 'port': 9200, 'username': 'user', 'password': 'pa55'},
    'mssql': {'server': 'mssql', 'port': 1433, 'database': 'app', 'username': 'user', 'password': 'pa55'},
    'dapr-pubsub': {'name': 'pubsub'},
    'dapr-state-store': {'name': 'states'},
    'dapr-subscription': {'topic': '${params.topic}', 'name': '${params.pubsub}'},
    'gcp-pubsub-emulator': {'host': 'pubsub', 'port': 8085, 'project_id': '${params.project_id}', 'emulator_host': 'pubsub:8085'},
    'llm-model': {'model': '${params.model}', 'url': 'http://models/v1'},
}
SECRETS = ('password', 'connection')
MARK = 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: "${self.name}", namespace: "${self.namespace}"}\n'


def stand_in(kind):
    outputs = {key: {'Secret': value} if key in SECRETS else value for key, value in STANDINS[kind].items()}
    return {'DependencyProfile': {'Name': f'stand-in-{kind}', 'Type': kind, 'Provider': 'manifests', 'Scope': 'environment',
                                  'Outputs': outputs, 'Params': {'Manifests': MARK}}}


class Example:
    """Score files that are one application. `variables` are those of its environment, `files` what its folder has besides; `unhealthy` is
    the reason of one whose containers end by themselves, as it is written."""

    def __init__(self, path, variables=None, files=None, images=None, unhealthy=None):
        self.name = re.sub(r'[^a-z0-9]+', '-', path.split('/')[-1].removesuffix('.yaml'))
        full = os.path.join(CORPUS, path)
        self.sources = sorted(glob.glob(f'{full}/*.yaml')) if os.path.isdir(full) else [full]
        self.workloads = {}
        for source in self.sources:
            with open(source) as file:
                document = yaml.safe_load(file)
            self.workloads[document['metadata']['name']] = document
        self.variables, self.files, self.images, self.unhealthy = variables or {}, files or {}, images or {}, unhealthy

    def copy_to(self, folder):
        """The arguments of apply for its files."""
        os.makedirs(folder)
        for name, content in self.files.items():
            with open(os.path.join(folder, name), 'w') as file:
                file.write(content)
        return [argument for source in self.sources for argument in ('-f', shutil.copy(source, folder))]


CRASHES = 'its only command ends at once'
COMPOSE = 'score-compose/examples/'


def examples():
    return [
        Example(COMPOSE + '01-hello'),
        Example(COMPOSE + '02-environment', variables={'NAME': 'world'}),
        Example(COMPOSE + '03-files', files={'fileA.txt': 'I am ${metadata.name}, too\n'}),
        Example(COMPOSE + '04-multiple-workloads'),
        Example(COMPOSE + '05-volume-mounts'),
        Example(COMPOSE + '06-resource-provisioning'),
        Example(COMPOSE + '07-overrides'),
        Example(COMPOSE + '08-service-port-resource'),
        Example(COMPOSE + '09-dns-and-route'),
        Example(COMPOSE + '10-amqp-rabbitmq'),
        Example(COMPOSE + '11-mongodb-document-database'),
        Example(COMPOSE + '12-mysql-database'),
        Example(COMPOSE + '13-kafka-topic'),
        Example(COMPOSE + '14-elasticsearch', unhealthy=CRASHES),
        Example(COMPOSE + '15-mssql-database'),
        Example(COMPOSE + '16-patching-templates', unhealthy=CRASHES),
        Example('community/dapr-pubsub'),
        Example('community/dapr-state-store'),
        Example('community/dapr-subscription'),
        Example('community/dns'),
        Example('community/endpoint'),
        Example('community/environment', variables={'TEST': 'tested'}),
        Example('community/gcp-pubsub-emulator'),
        Example('community/horizontal-pod-autoscaler'),
        Example('community/llm-model'),
        Example('community/redis'),
        Example('community/route'),
        Example('community/service'),
        Example('spec/samples/score-deprecated-files-and-volumes.yaml', images={'main': 'nginx:latest'}),
    ]


SERVICE = r'[a-z0-9-]+\.[a-z0-9-]+\.svc'
# What the variables of containers are, by example, workload and container; regular expressions.
WIRED = {
    '02-environment': {'hello-world/hello': {'NAME': 'world', 'GREETING': 'Hello', 'WORKLOAD_NAME': 'hello-world', 'ESCAPED': r'\$_\$\{fizzbuzz\}'}},
    '06-resource-provisioning': {
        'workload-one/example': {'CONNECTION': rf'redis://default:\w+@{SERVICE}:6379'},
        'workload-two/example': {'CONNECTION_A': rf'redis://default:\w+@{SERVICE}:6379', 'CONNECTION_B': rf'redis://default:\w+@{SERVICE}:6379'}},
    '08-service-port-resource': {'workload-b/example': {'DEPENDENCY_URL': 'http://workload-a:8080'}},
    '10-amqp-rabbitmq': {'hello-world/first': {'CONNECT_1': 'amqp://user:pa55@rabbit:5672/app', 'CONNECT_2': 'amqp://user:pa55@rabbit:5672/app'}},
    '11-mongodb-document-database': {'hello-world/first': {'CONNECT_1': 'mongodb://user:pa55@mongo:27017/'}},
    '12-mysql-database': {'hello-world/first': {'CONNECTION_STRING': 'mysql://user:pa55@mysql:3306/app'}},
    '13-kafka-topic': {'hello-world/main': {'KAFKA_BROKERS': 'kafka:9092', '_KAFKA_TOPIC': 'topic', '_KAFKA_PARTITIONS': '3'}},
    '14-elasticsearch': {'example/hello': {'ECS_HOST': 'elastic', 'ECS_PORT': '9200', 'ECS_USER': 'user', 'ECS_PASS': 'pa55'}},
    '15-mssql-database': {'example/first': {'MSSQL_CONNECTION_STRING': 'Server=mssql; Database=app; User=user; Password=pa55;'}},
    'dapr-pubsub': {'my-workload/my-container': {'PUBSUB_NAME': 'pubsub'}},
    'dapr-state-store': {'my-workload/my-container': {'PUBSUB_NAME': 'states'}},
    'dapr-subscription': {'my-workload/my-container': {'TOPIC_NAME': 'notifications'}},
    'dns': {'my-workload/my-container': {'PODINFO_UI_MESSAGE': r'Hello, http://dns-\w+\.localhost!'}},
    'endpoint': {'frontend/frontend': {'SERVICE_DEP': 'http://backend:8181/0.1.0/orders'}},
    'environment': {'my-workload/my-container': {'TEST': 'tested'}},
    'gcp-pubsub-emulator': {'my-workload/my-container': {'PUBSUB_HOST': 'pubsub', 'PUBSUB_PORT': '8085', 'PUBSUB_PROJECT_ID': 'my-test-project', 'PUBSUB_EMULATOR_HOST': 'pubsub:8085'}},
    'llm-model': {'my-workload/my-container': {'LLM_MODEL_NAME': 'ai/smollm2:135M-Q4_0', 'LLM_BASE_URL': 'http://models/v1'}},
    'redis': {'my-workload/my-container': {'REDIS_HOST': SERVICE, 'REDIS_PORT': '6379', 'REDIS_USERNAME': 'default', 'REDIS_PASSWORD': r'\w{20,}'}},
    'route': {'my-workload/my-container': {'PODINFO_UI_MESSAGE': r'Hello, dns-\w+\.localhost!'}},
    'service': {'frontend/my-container': {'BACKEND_SVC': 'http://backend'}},
}
# Files as the containers see them, and a line of their logs.
FILES = {
    '03-files': {'hello-world': {'/fileA.txt': 'I am hello-world, too\n', '/fileB.txt': 'I am hello-world\n', '/fileC.bin': 'hello world'}},
    '09-dns-and-route': {'hello-world': {'/usr/share/nginx/html/my/fizz/path/index.html': 'fizz', '/usr/share/nginx/html/my/buzz/path/index.html': 'buzz'}},
    'environment': {'my-workload': {'/file.txt': 'tested in file.\n'}},
    'score-deprecated-files-and-volumes': {'deprecated-files-example': {'/mnt/some-path': 'my content here'}},
}
LOGS = {
    '01-hello': {'hello-world': 'Hello World!'},
    '02-environment': {'hello-world': 'Hello world!'},
    'endpoint': {'frontend': 'Hello http://backend:8181/0.1.0/orders!'},
    'service': {'frontend': 'http://backend'},
}
# Paths that the gateway leads to a workload, and what is answered there.
PAGES = {
    '09-dns-and-route': {'/my/fizz/path/': 'fizz', '/my/buzz/path/': 'buzz'},
    '13-kafka-topic': {'/': 'served by a stand-in\n'},
    'dns': {'/': r'Hello, http://HOST!\n'},
    'route': {'/': r'Hello, HOST!\n'},
}


class ScoreCorpus(unittest.TestCase):
    def setUp(self):
        self.server = Server().start()
        self.addCleanup(shutil.rmtree, self.server.folder)
        self.addCleanup(self.server.kill)

    def tptctl(self, *arguments):
        done = self.server.tptctl(*arguments)
        self.assertEqual(done.returncode, 0, f'{arguments}: {done.stderr}')
        return done.stdout

    def test_each_example_is_delivered_wired_and_removed(self):
        self.server.adopt()
        self.server.apply(*map(stand_in, STANDINS))
        delivered = examples()
        # A workload's name stands for one definition: examples that name theirs alike go one after the other.
        locks = {name: threading.Lock() for example in delivered for name in example.workloads}

        def deliver_alone(example):
            with contextlib.ExitStack() as held:
                for name in sorted(example.workloads):
                    held.enter_context(locks[name])
                self.deliver(example)
                self.tptctl('delete', 'environment', example.name, '--cascade', '--wait=false')
        with concurrent.futures.ThreadPoolExecutor(len(delivered)) as pool:
            runs = [(example, pool.submit(deliver_alone, example)) for example in delivered]
        for example, run in runs:
            with self.subTest(example=example.name):
                run.result()
        wait_for('all environments go', lambda: not self.server.objects('environments'), seconds=120)
        self.assertEqual(self.server.objects('dependency-instances'), [])
        self.assertEqual(owned(installation_of(self.server), KINDS), [])

    def deliver(self, example):
        self.tptctl('create', 'environment', example.name, *(f'--variable={key}={value}' for key, value in example.variables.items()), '--wait')
        namespace = self.server.objects(f'environments?name={example.name}')[0]['Namespace']
        delivered = Delivered(namespace)
        if example.name == 'score-deprecated-files-and-volumes':
            self.give_volume(delivered, 'some-volume')
        arguments = [*example.copy_to(os.path.join(self.server.folder, example.name)), '--environment', example.name,
                     *(f'--image={container}={image}' for container, image in example.images.items())]
        if example.unhealthy:
            self.tptctl('apply', *arguments)
            self.assert_crashes(example)
        else:
            self.tptctl('apply', *arguments, '--wait=3m')
        self.assert_objects(example, delivered)
        self.assert_wired(example.name, delivered)
        extra = getattr(self, 'check_' + example.name.replace('-', '_'), None)
        if extra:
            extra(delivered)

    def give_volume(self, delivered, name):
        """A claim that is the user's own, which the file names."""
        claim = {'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'metadata': {'name': name, 'namespace': delivered.namespace},
                 'spec': {'accessModes': ['ReadWriteOnce'], 'resources': {'requests': {'storage': '1Mi'}}}}
        kubectl('create', '-f', '-', stdin=json.dumps(claim))

    def assert_crashes(self, example):
        name = f'{next(iter(example.workloads))}-{example.name}'
        wait_for(f'{name} tells why it is not healthy',
                 lambda: 'CrashLoop' in json.dumps(condition(self.server.objects(f'workload-instances?name={name}')[0], 'Ready')))

    def assert_objects(self, example, delivered):
        """Exactly the Deployments and Services that the files describe, beside those of their dependencies."""
        documents = example.workloads
        self.assertEqual(delivered.names('deployments'), set(documents))
        services = {item['metadata']['name']: item for item in delivered.items('services')}
        for name, document in documents.items():
            for container, written in document['containers'].items():
                self.assertEqual(delivered.container(name, container)['image'], example.images.get(container, written['image']))
            ports = document.get('service', {}).get('ports')
            self.assertEqual(name in services, bool(ports), name)
            if ports:
                self.assertEqual({port['name']: (port['port'], port['targetPort']) for port in services[name]['spec']['ports']},
                                 {key: (port['port'], port.get('targetPort', port['port'])) for key, port in ports.items()})

    def assert_wired(self, name, delivered):
        for place, expected in WIRED.get(name, {}).items():
            found = delivered.variables(*place.split('/'))
            self.assertEqual(set(found), set(expected), place)
            for key, value in expected.items():
                self.assertRegex(found[key], f'^{value}$')
        for workload, files in FILES.get(name, {}).items():
            for path, content in files.items():
                self.assertEqual(delivered.kubectl('exec', f'deployment/{workload}', '--', 'cat', path), content, path)
        for workload, line in LOGS.get(name, {}).items():
            wait_for(f'{workload} says "{line}"', lambda: line in self.tptctl('logs', 'workload', workload, '--environment', name))
        if name in PAGES and os.environ.get('TP_GATEWAY'):
            [route] = delivered.items('httproutes')
            [host] = route['spec']['hostnames']
            for path, content in PAGES[name].items():
                wait_for(f'{path} is served', lambda: re.fullmatch(content.replace('HOST', host), page(host, path)))

    def check_05_volume_mounts(self, delivered):
        [claim] = delivered.items('persistentvolumeclaims')
        self.assertEqual(claim['status']['phase'], 'Bound')
        self.assertEqual(delivered.container('hello-world', 'first')['volumeMounts'][0]['mountPath'], '/data')

    def check_06_resource_provisioning(self, delivered):
        one, two = delivered.variables('workload-one', 'example'), delivered.variables('workload-two', 'example')
        self.assertEqual(one['CONNECTION'], two['CONNECTION_A'], 'the shared cache')
        self.assertNotEqual(one['CONNECTION'], two['CONNECTION_B'], 'the private cache')
        self.assertEqual(len(delivered.items('statefulsets')), 2)

    def check_08_service_port_resource(self, delivered):
        answer = delivered.kubectl('exec', 'deployment/workload-b', '--', 'sh', '-c', 'wget -q -O - $DEPENDENCY_URL')
        self.assertEqual(answer, 'served by a stand-in\n')

    def check_horizontal_pod_autoscaler(self, delivered):
        [scaler] = delivered.items('horizontalpodautoscalers')
        self.assertEqual((scaler['spec']['scaleTargetRef']['name'], scaler['spec']['minReplicas'], scaler['spec']['maxReplicas']), ('my-workload', 2, 3))

    def check_dapr_pubsub(self, delivered):
        annotations = delivered.template('my-workload')['metadata']['annotations']
        self.assertEqual({key: value for key, value in annotations.items() if key.startswith('dapr.io/')},
                         {'dapr.io/enabled': 'true', 'dapr.io/app-id': 'my-workload', 'dapr.io/app-port': '3000'})

    def test_what_kubernetes_would_refuse_is_an_error_with_its_path(self):
        self.server.adopt()
        self.tptctl('create', 'environment', 'full')
        done = self.server.tptctl('apply', '-f', os.path.join(CORPUS, 'spec', 'samples', 'score-full.yaml'), '--environment', 'full',
                                  '--image', 'container-two2=busybox')
        self.assertEqual(done.returncode, INVALID)
        self.assertRegex(done.stderr, r'score-full\.yaml: .*containers\.container-one1\.resources\.requests\.cpu: 1000m is above the limit')
        self.assertEqual(self.server.objects('workload-definitions'), [])
        self.tptctl('delete', 'environment', 'full')


if __name__ == '__main__':
    if not os.path.isdir(CORPUS):
        print('not run: ../shared absent')
        sys.exit(0)
    unittest.main()
