#!/usr/bin/env python3
"""Documents that cannot be applied: one line that names the place and the fix, and nothing of them is applied."""
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server

INVALID, NOT_FOUND, UNAVAILABLE = 2, 3, 7
GOOD = 'Tier: {Name: good, Criticality: 1}\n---\n'


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(roles='api').start()

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        shutil.rmtree(cls.server.folder)

    def write(self, name, text):
        with open(os.path.join(self.server.folder, name), 'w', newline='') as file:
            file.write(text)

    def assert_refused(self, text, *words, name='bad.yaml', code=INVALID):
        """`tptctl apply` ends with one line that has all the words, and nothing was applied."""
        self.write(name, text)
        done = self.server.tptctl('apply', '-f', name)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, '')
        for plural in ('tiers', 'workload-definitions', 'workload-instances'):
            self.assertEqual(self.server.objects(plural), [], f'something was applied, although: {done.stderr}')

    def test_malformed_yaml(self):
        self.assert_refused(GOOD + 'Tier:\n  Name: bad\n Criticality: 1\n', 'bad.yaml: line 5, column 2: ')
        self.assert_refused(GOOD + 'Tier:\n\tName: bad\n', 'bad.yaml: line 4, column 1: ', 'tab')
        self.assert_refused(GOOD + 'Tier: {Name: "bad\n', 'bad.yaml: line ')
        self.assert_refused(GOOD + 'Tier: {Name: a, Name: b, Criticality: 1}\n', 'bad.yaml: line 3, column 17: ', '"Name"')
        self.assert_refused(GOOD + 'Tier: *nowhere\n', 'bad.yaml: line 3, column 7: ', 'nowhere')

    def test_malformed_json(self):
        self.assert_refused('{"Tier": {"Name": "bad",\n  "Criticality": 1,,}}\n', 'bad.json: line 2, column 20: ', name='bad.json')
        self.assert_refused('{"Tier": {"Name": "bad", "Criticality": 1}\n', 'bad.json: line 2, column 1: ', name='bad.json')
        self.assert_refused('{"Tier": {"Name": "bad" "Criticality": 1}}\n', 'bad.json: line 1, column 25: ', name='bad.json')

    def test_malformed_manifests_behind_a_document(self):
        workload = GOOD + 'Workload: {Name: bad, YAMLDocument: manifests.yaml}\n'
        self.write('manifests.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n data: {}\n')
        self.assert_refused(workload, 'manifests.yaml: line 5, column 2: ')
        self.write('manifests.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nmetadata: {name: b}\n')
        self.assert_refused(workload, 'manifests.yaml: line 5', 'kind')
        self.write('manifests.yaml', '# nothing\n')
        self.assert_refused(workload, 'manifests.yaml', 'no Kubernetes manifest')
        os.unlink(os.path.join(self.server.folder, 'manifests.yaml'))
        self.assert_refused(workload, 'manifests.yaml', 'No such file', code=NOT_FOUND)

    def test_unknown_kinds(self):
        self.assert_refused(GOOD + 'Workloda: {Name: bad}\n', 'bad.yaml: line 3, column 1: ', '"Workloda"', 'Workload')
        self.assert_refused(GOOD + 'DependencyProfile: {Name: bad}\n', 'bad.yaml: line 3, column 1: ', 'DependencyProfile.Type is missing')
        self.assert_refused(GOOD + 'apiVersion: score.dev/v1b1\nmetadata: {name: bad}\n', 'bad.yaml: line 3', 'containers')
        self.assert_refused(GOOD + 'WorkloadEvent: {Name: bad}\n', 'bad.yaml: line 3', 'WorkloadEvent')

    def test_unknown_and_missing_members(self):
        self.assert_refused(GOOD + 'Tier:\n  Name: bad\n  Critical: 1\n', 'bad.yaml: line 5, column 3: ', 'Criticality')
        self.assert_refused(GOOD + 'Tier: {Name: bad, Criticality: much}\n', 'bad.yaml: line 3, column 19: ', 'Criticality')
        self.assert_refused(GOOD + 'Tier: {Criticality: 1}\n', 'bad.yaml: line 3', 'Name')
        self.assert_refused(GOOD + GOOD, 'declared twice', 'bad.yaml: line 1')
        self.assert_refused(GOOD + 'WorkloadInstance: {Name: bad, WorkloadDefinition: {Name: nobody}}\n', 'bad.yaml: line 3', 'nobody', code=INVALID)

    def test_documents_that_are_none(self):
        self.assert_refused('', 'there is no document')
        self.assert_refused('# a comment\n---\n# another\n', 'there is no document')
        self.assert_refused(GOOD + '- Tier\n', 'bad.yaml: line 3', 'one key')
        self.assert_refused(GOOD + 'Tier\n', 'bad.yaml: line 3', 'one key')

    def test_bodies_of_the_api(self):
        for method, path, body, words in (
                ('POST', '/v0/tiers', b'{"Name": "a",\n "Criticality": }', ('line 2', 'column 17')),
                ('POST', '/v0/tiers', b'{"Name": "a", "Kritikality": 1}', ('Kritikality',)),
                ('POST', '/v0/tiers', b'{"Name": 7, "Criticality": 1}', ('Name',)),
                ('POST', '/v0/workload-definitions', b'{"Name": "a", "YAMLDocument": "a: b\\n c: d"}', ('YAMLDocument', 'line 2', 'column')),
                ('POST', '/v0/apply', b'{"Documents": [\n{"Tier": {"Name": "a", "Criticality": 1}}, {"Teir": {}}]}', ('document 2', 'Teir')),
                ('POST', '/v0/apply', b'{"Documents": [\n{]}', ('line 2', 'column 2'))):
            with self.subTest(body):
                status, text = self.server.ask(method, path, body)
                self.assertEqual(status, 400, text)
                for word in words:
                    self.assertIn(word, text)
        self.assertEqual(self.server.objects('tiers'), [])


class NobodyAnswers(unittest.TestCase):
    def test_tptctl_says_which_control_plane_does_not_answer(self):
        server = Server(roles='api').start()
        self.addCleanup(shutil.rmtree, server.folder)
        server.kill()
        done = server.tptctl('get', 'tiers')
        self.assertEqual(done.returncode, UNAVAILABLE)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in ('control plane test', f'127.0.0.1:{server.port}', 'does not answer', 'tptctl up'):
            self.assertIn(word, done.stderr)


if __name__ == '__main__':
    unittest.main()
