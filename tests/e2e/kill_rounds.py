"""Delivers, changes and deletes workloads while the control plane is killed at random moments, then checks that everything
converged, nothing is left over and nothing is doubled. Called by kill_test.sh; exit 1 and the seed where a check fails."""
import concurrent.futures
import os
import random
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, condition, installation_of, is_ready, kubectl_json, owned, wait_for

WORKLOADS = int(os.environ.get('TP_KILL_WORKLOADS', '100'))
SEEDS = ([int(os.environ['TP_KILL_SEED'])] if 'TP_KILL_SEED' in os.environ
         else range(1, 101 if os.environ.get('TP_SOAK') == '1' else 11))
CONVERGE_SECONDS = 180
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


class Round:
    """One seed: the same decisions in the same order, though not the same instructions under them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.server = Server().start()
        self.names = [f'kill-{seed}-{i}' for i in range(WORKLOADS)]
        self.times = []

    def run(self):
        self.server.adopt()
        self.deliver()
        self.change()
        self.delete()
        assert self.server.stop() == 0, f'threeportd did not end well: {self.server.log()[-2000:]}'
        shutil.rmtree(self.server.folder)

    def under_kills(self, what, action, unfinished):
        """Runs the action while the server is killed a few times, then waits until nothing is unfinished."""
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            acting = pool.submit(action)
            for _ in range(self.random.randint(2, 4)):
                time.sleep(self.random.uniform(0.02, 0.02 * WORKLOADS))
                self.server.kill()
                self.server.start()
            acting.result()
        try:
            wait_for(what, lambda: not unfinished(), CONVERGE_SECONDS)
        except AssertionError as error:
            raise AssertionError(f'{error}; unfinished: {unfinished()[:5]}') from None
        self.times.append(f'{what} {time.monotonic() - start:.1f} s')

    def apply(self, value, extra):
        for name in self.names:
            self.server.apply({'Workload': {'Name': name, 'YAMLDocument': MANIFESTS.format(value=value, extra=extra)}})

    def without(self, revision):
        """The instances that are not healthy with the revision of that number."""
        numbers = {item['ID']: item['Number'] for item in self.server.objects('revisions')}
        return [(item['Name'], condition(item, 'Ready')) for item in self.server.objects('workload-instances')
                if not item['Reconciled'] or not is_ready(item) or numbers.get(item.get('GoodRevisionID')) != revision]

    def count(self, expected, things, what):
        assert len(things) == expected, f'{len(things)} {what} instead of {expected}: {things[:5]}'

    def deliver(self):
        self.under_kills('delivery', lambda: self.apply('one', EXTRA), lambda: self.without(1))
        self.count(WORKLOADS, self.server.objects('workload-instances'), 'workload instances')
        self.count(4 * WORKLOADS, self.server.objects('workload-resource-instances'), 'inventory rows')
        self.installation = installation_of(self.server)
        self.count(4 * WORKLOADS, owned(self.installation), 'objects')

    def change(self):
        self.under_kills('change', lambda: self.apply('two', ''), lambda: self.without(2))
        wait_for('what left the definition is gone', lambda: len(owned(self.installation)) == 3 * WORKLOADS, CONVERGE_SECONDS)
        found = kubectl_json('get', 'configmaps', '-A', '-l', f'control-plane.threeport.io/installation={self.installation}')
        values = [item['data']['value'] for item in found['items']]
        assert values == ['two'] * WORKLOADS, values
        self.count(2 * WORKLOADS, self.server.objects('revisions'), 'revisions')

    def delete(self):
        def ask():
            for item in self.server.objects('workload-instances'):
                status, answer = self.server.call('DELETE', f'/v0/workload-instances/{item["ID"]}')
                assert status in (200, 404, 409), answer
        self.under_kills('deletion', ask, lambda: [(item['Name'], condition(item, 'Ready')) for item in self.server.objects('workload-instances')])
        self.count(0, owned(self.installation), 'objects')
        for kind in ('workload-resource-instances', 'revisions', 'workload-events'):
            self.count(0, self.server.objects(kind), kind)


for seed in SEEDS:
    begun = time.monotonic()
    one = Round(seed)
    try:
        one.run()
    except AssertionError as failure:
        sys.exit(f'seed {seed} (TP_KILL_SEED={seed} TP_KILL_WORKLOADS={WORKLOADS} repeats it; {one.server.folder} has its log and database): {failure}')
    finally:
        one.server.kill()
    print(f'seed {seed}: {WORKLOADS} workloads under kills in {time.monotonic() - begun:.1f} s ({", ".join(one.times)})', flush=True)
