"""Delivers, changes and deletes workloads while the control plane is killed at random moments, then checks that everything
converged, nothing is left over and nothing is doubled. Called by kill_test.sh; exit 1 and the seed where a check fails."""
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

WORKLOADS = int(os.environ.get('TP_KILL_WORKLOADS', '10'))
SEEDS = ([int(os.environ['TP_KILL_SEED'])] if 'TP_KILL_SEED' in os.environ
         else range(1, 101 if os.environ.get('TP_SOAK') == '1' else 11))
CONVERGE_SECONDS = 120
MANIFESTS = '''
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings}}
data: {{value: "{value}"}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
{extra}'''
EXTRA = '''---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
'''


class Server:
    """threeportd on one database, killed and started again on the same port."""

    def __init__(self, folder):
        self.folder, self.process, self.port = folder, None, 0

    def start(self):
        port_file = os.path.join(self.folder, 'port')
        if os.path.exists(port_file):
            os.unlink(port_file)
        log = open(os.path.join(self.folder, 'log'), 'a')
        self.process = subprocess.Popen(
            [os.path.join(os.environ['TP_BIN_DIR'], 'threeportd'), '--listen', f'127.0.0.1:{self.port}', '--auth-enabled=false',
             '--database', f'sqlite://{self.folder}/threeport.db', '--port-file', port_file], stderr=log)
        end = time.time() + 20
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.time() > end:
                sys.exit(f'threeportd did not start: {open(log.name).read()[-2000:]}')
            time.sleep(0.01)
        self.port = int(open(port_file).read())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None):
        """Repeats until the server answers: a killed one is started again by the killer."""
        data = json.dumps(body).encode() if body is not None else None
        while True:
            request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}', data, {'Content-Type': 'application/json'}, method=method)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                return error.code, json.load(error)
            except (OSError, ValueError):
                time.sleep(0.05)


def kubectl(*arguments):
    return json.loads(subprocess.run(['kubectl', *arguments, '-o', 'json'], check=True, capture_output=True).stdout)


def owned(installation):
    """(namespace, kind, name) of everything on the cluster that carries the installation's label."""
    found = kubectl('get', 'namespaces,configmaps,services', '-A', '-l', f'control-plane.threeport.io/installation={installation}')
    return sorted((item['metadata'].get('namespace', ''), item['kind'], item['metadata']['name']) for item in found['items'])


def apply(server, names, value, extra):
    documents = [{'Workload': {'Name': name, 'YAMLDocument': MANIFESTS.format(value=value, extra=extra)}} for name in names]
    status, answer = server.call('POST', '/v0/apply', {'Documents': documents})
    assert status == 200, answer


def everything(server, path):
    return server.call('GET', f'/v0/{path}?size=-1')[1]['Data']


def converge(what, holds):
    end = time.time() + CONVERGE_SECONDS
    while time.time() < end:
        wrong = holds()
        if not wrong:
            return
        time.sleep(0.2)
    sys.exit(f'did not converge in {CONVERGE_SECONDS} s: {what}: {wrong}')


def not_ready(server):
    return [(item['Name'], item.get('Conditions')) for item in everything(server, 'workload-instances')
            if not item['Reconciled'] or not any(c['Type'] == 'Ready' and c['Status'] == 'True' for c in item.get('Conditions', []))]


def under_kills(server, rng, action):
    """Runs `action` beside a killer that ends the server a few times."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        acting = pool.submit(action)
        for _ in range(rng.randint(2, 4)):
            time.sleep(rng.uniform(0.02, 0.8))
            server.kill()
            server.start()
        acting.result()


def run(seed):
    rng = random.Random(seed)
    folder = tempfile.mkdtemp()
    server = Server(folder)
    server.start()
    try:
        with open(os.environ['TP_KUBECONFIG']) as file:
            runtime = {'Name': 'local', 'InfraProvider': 'kubeconfig', 'Location': 'Local', 'DefaultRuntime': True, 'Kubeconfig': file.read()}
        server.call('POST', '/v0/apply', {'Documents': [{'KubernetesRuntime': runtime}]})
        names = [f'kill-{seed}-{i}' for i in range(WORKLOADS)]
        under_kills(server, rng, lambda: [apply(server, [name], 'one', EXTRA) for name in names])
        converge('delivery', lambda: not_ready(server))
        rows = everything(server, 'workload-resource-instances')
        installation = {row['RuntimeDefinition']['metadata']['labels']['control-plane.threeport.io/installation'] for row in rows if 'RuntimeDefinition' in row}.pop()
        present = owned(installation)
        assert len(present) == 4 * WORKLOADS, f'{len(present)} objects instead of {4 * WORKLOADS}: {present}'
        assert len(rows) == 4 * WORKLOADS, f'{len(rows)} inventory rows instead of {4 * WORKLOADS}'

        under_kills(server, rng, lambda: [apply(server, [name], 'two', '') for name in names])
        converge('change', lambda: not_ready(server))
        converge('what left the definition', lambda: len(owned(installation)) != 3 * WORKLOADS and owned(installation))
        values = [item['data']['value'] for item in kubectl('get', 'configmaps', '-A', '-l', f'control-plane.threeport.io/installation={installation}')['items']]
        assert values == ['two'] * WORKLOADS, values
        revisions = everything(server, 'revisions')
        assert len(revisions) == 2 * WORKLOADS, f'{len(revisions)} revisions instead of {2 * WORKLOADS}'

        def delete():
            for item in everything(server, 'workload-instances'):
                assert server.call('DELETE', f'/v0/workload-instances/{item["ID"]}')[0] in (200, 404, 409)
        under_kills(server, rng, delete)
        converge('deletion', lambda: everything(server, 'workload-instances'))
        assert owned(installation) == [], owned(installation)
        for kind in ('workload-resource-instances', 'revisions', 'workload-events'):
            left = everything(server, kind)
            assert left == [], f'{len(left)} {kind} are left over, such as {left[0]}'
    finally:
        server.process.kill()
        server.process.wait()
    shutil.rmtree(folder)


for seed in SEEDS:
    start = time.time()
    try:
        run(seed)
    except AssertionError as error:
        sys.exit(f'seed {seed}: {error}')
    except SystemExit as error:
        sys.exit(f'seed {seed}: {error}')
    print(f'seed {seed}: {WORKLOADS} workloads delivered, changed and deleted under kills in {time.time() - start:.1f} s', flush=True)
