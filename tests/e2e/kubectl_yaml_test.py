#!/usr/bin/env python3
"""Manifests are read as the real kubectl reads them: the same objects from the same files, or a difference that is meant."""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, condition, variable, wait_for

HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n'
TWO = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\n'
REFUSED = 'refused'

SCALARS = '''0 7 07 0644 0o644 0O17 08 0x1F 0XfF 0b101 0B11 -0 +1 -012 1_000 0x_1 _1 1__0 1_ 123456789012345678 9223372036854775807 9223372036854775808
-9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616 1e3 1E3 1e+3 1e-3 1.5e3 1.e3 1. .5 +.5 -.5 . .. 1.0 1.10 0.1 1e400 1e21 1e-7 0.000001
123456.789e3 1e 1e+ e3 .e3 1_0.5 yes Yes YES no No NO on On ON off Off OFF y Y n N true True TRUE tRUE false False FALSE ~ null Null NULL nULL
1:30 190:20:30 1:30.5 12:30:45 0:00 2001-12-14 2001-12-14T21:59:43Z 2001-12-14t21:59:43.10-05:00 2001-12-14\\ 21:59:43 1.2.3 10.0.0.1 1/2 50% 100m 64Mi 5s
"0644" '0644' "yes" 'no' "\\u00e9\\x41\\t" 'it''s' !!str\\ 0644 !!str\\ yes !!int\\ "7" !!float\\ 1 !!bool\\ yes !!binary\\ aGk= !custom\\ 7 !!timestamp\\ 2001-12-14 = << a#b a\\ #b
0777777777777777777777 00 0_7 -0x1 +0b1 0x 0b 0o 0b2 0x1p3 infinity nan Inf NaN -e1 +1e1 1,000 $7 %TAG @x'''.split()
# What no scalar may be: each stands in a document of its own.
SINGLE = ['.inf', '-.INF', '.nan', '@x', '`x', '%x', '!!int x', '!!float yes', '!!bool 1', '!!null x', '!!binary "?"', '*nowhere', '[1, 2', '"open', '- a', 'a: b', '? a', '{a: 1, a: 2}']


def named(name):
    return {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': name}}


def config_map(values):
    return HEAD + 'data:\n' + ''.join(f'  k{i:03}: {value}\n' for i, value in enumerate(values))


# name -> (text, what is meant to differ and why; None: nothing)
CASES = {
    'scalars': (config_map(value.replace('\\ ', ' ') for value in SCALARS if value not in SINGLE), None),
    'keys': (HEAD + 'data:\n  0644: a\n  1.5: b\n  yes: c\n  "no": d\n  1e3: e\n  2001-12-14: f\n  16777217.0: g\n  .5: h\n', None),
    'null key': (HEAD + 'data: {~: a}\n', None),
    'anchors': (HEAD + 'data: &d {a: &v "1", b: *v, &k c: *k}\nother: *d\n', None),
    'merge keys': (HEAD + 'base: &b {a: 1, b: 2}\nmore: &m {b: 3, c: 4}\nfirst: {<<: *b, b: 9}\nlast: {b: 9, <<: *b}\nmany: {<<: [*b, *m], d: 5}\n', None),
    'merge of a scalar': (HEAD + 'data: {<<: 1}\n', None),
    'quoted merge key': (HEAD + 'data: {"<<": {a: b}}\n', None),
    'alias of another document': (HEAD + 'data: &d {a: b}\n---\n' + TWO + 'data: *d\n', None),
    'block scalars': (HEAD + 'data:\n  a: |\n    x\n     y\n\n  b: >\n    x\n    y\n\n    z\n  c: |-\n    x\n  d: |+\n    x\n\n  e: |2\n      x\n  f: >-\n    x\n', None),
    'block scalar at the end without a newline': (HEAD + 'data:\n  a: |\n    x', None),
    'folded plain scalar': (HEAD + 'data:\n  a: one\n    two\n\n    three\n', None),
    'flow over lines': (HEAD + 'data: {\n  a: b, # one\n  "c": [1,\n    2,],\n}\n', None),
    'many documents': ('---\n' + HEAD + '---\n' + TWO + '---\n', None),
    'documents with comments': ('# head\n---\n# nothing\n---\n' + HEAD + '# tail\n---\n---   \n' + TWO + '--- # end\n# nothing\n', None),
    'comments only': ('# nothing\n---\n# at all\n', None),
    'empty': ('', None),
    'null documents': ('---\n~\n---\nnull\n---\n' + HEAD, None),
    'end markers': (HEAD + '...\n---\n' + TWO + '...\n', None),
    'separator with a comment': (HEAD + '--- # two\n' + TWO, None),
    'separator within a block scalar': (HEAD + 'data:\n  a: |\n    x\n    ---\n    y\n', None),
    'separator within a quoted scalar': (HEAD + 'data:\n  a: "x\n    ---\n    y"\n', None),
    'dashes that separate nothing': (HEAD + 'data:\n  a: |\n    x\n  ---b: y\n', None),
    'four dashes': (HEAD + '----\n' + TWO, None),
    'list': ('apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n', None),
    'list of a kind': ('apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {metadata: {name: b}}\n', None),
    'list within a list': ('apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n',
                           ([named('a')], 'a List is a List wherever it stands; kubectl fails with an internal error')),
    'list without items': ('apiVersion: v1\nkind: List\nitems: []\n---\n' + HEAD, None),
    'windows line ends': ((HEAD + 'data:\n  a: |\n    x\n    y\n  b: "x\n    y"\n---\n' + TWO).replace('\n', '\r\n'), None),
    'byte order mark': ('\ufeff' + HEAD, None),
    'byte order mark in front of a separator': ('\ufeff---\n' + HEAD + '---\n' + TWO, None),
    'tabs that separate': ('apiVersion:\tv1\nkind: ConfigMap\t# tab\nmetadata: {name:\tone}\ndata:\n  a: x\ty\n  b: "x\ty"\n', None),
    'tabs that indent': ('apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: one\n', None),
    'tabs in front of a comment': (HEAD + 'data:\n  a: b\n\t# c\n', None),
    'unicode': (HEAD + 'data: {é: "\\u20ac \U0001F600", a: "\x7f"}\n', None),
    'json': ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": 1.0, "b": 1e2, "c": "0644", "d": "\\u00e9\\/"}}\n',
             ([{**named('one'), 'data': {'a': 1.0, 'b': 100.0, 'c': '0644', 'd': 'é/'}}], 'numbers of JSON stay as they are written; the API server reads the same ones')),
    'json texts one after the other': ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}\n{"apiVersion": "v1", "kind": "ConfigMap",\n\t"metadata": {"name": "b"}}', None),
    'json with separators': ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}\n---\n{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}\n', None),
    'json that is only yaml': ('{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: 0644}}\n', None),
    'yaml after json': ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}\n---\n' + TWO, None),
    'name that is a number': ('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 0644}\n', None),
    'kind that is a number': ('apiVersion: v1\nkind: 7\nmetadata: {name: a}\n', None),
    'no name': ('apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n', (REFUSED, 'the object could not be found again; kubectl leaves it to the API server to refuse it')),
    'generated name': ('apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n', (REFUSED, 'the object could not be found again')),
    'the same object twice': (HEAD + '---\n' + HEAD, (REFUSED, 'one of them would be lost; kubectl leaves it to the API server to refuse the second')),
    'labels that are no texts': ('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: 1}}\n', None),
    'directive': ('%YAML 1.1\n---\n' + HEAD, ([named('one')], 'YAML has directives; kubectl cuts the text at --- and loses track')),
    'document on the line of the separator': ('--- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n', ([named('one')], 'YAML allows that')),
    'content after an end marker': (HEAD + '...\ndata: {a: b}\n', (REFUSED, 'kubectl drops what comes after the end without a word')),
    'content after a flow document': ('{apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\ndata: {a: b}\n', (REFUSED, 'kubectl drops what comes after the end without a word')),
    'sixteen bits a character': (HEAD.encode('utf-16'), None),
    'no kind': ('apiVersion: v1\nmetadata: {name: a}\n', None),
    'no map': ('- apiVersion: v1\n', None),
    'duplicate key': (HEAD + 'data: {a: "1"}\ndata: {a: "2"}\n', (REFUSED, 'kubectl keeps the last one, and the other one is lost without a word')),
}
CASES.update({f'value {value}': (HEAD + f'data:\n  a: {value}\n', None) for value in SINGLE if value != '{a: 1, a: 2}'})


def texts_of(output):
    """The JSON texts that kubectl prints one after the other."""
    decoder, texts, at = json.JSONDecoder(), [], 0
    while at < len(output):
        value, end = decoder.raw_decode(output, at)
        texts.append(value)
        at = end + len(output[end:]) - len(output[end:].lstrip())
    return texts


def without_default_namespace(manifest):
    """kubectl fills in the namespace that it would create the object in."""
    metadata = manifest.get('metadata', {})
    if metadata.get('namespace') == 'default':
        del metadata['namespace']
    return manifest


def exact(value):
    """As text, so that 1, 1.0, "1" and true are four things, whatever the order of the members."""
    return json.dumps(value, sort_keys=True)


class KubectlYaml(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.folder = cls.server.folder
        runtime = {'Name': 'none', 'InfraProvider': 'kubeconfig', 'Location': 'Local', 'DefaultRuntime': True, 'APIEndpoint': 'https://127.0.0.1:1'}
        cls.server.apply({'KubernetesRuntime': runtime})

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        shutil.rmtree(cls.folder)

    def path_of(self, name):
        return os.path.join(self.folder, f'{list(CASES).index(name)}.yaml')

    def kubectl(self, name):
        """The objects that kubectl reads, or the text of its error."""
        command = ['kubectl', '--kubeconfig', variable('TP_KUBECONFIG'), '--cache-dir', os.path.join(self.folder, 'cache'), 'create', '--dry-run=client',
                   '--validate=false', '-o', 'json', '-f', self.path_of(name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stderr if done.returncode else [without_default_namespace(one) for one in texts_of(done.stdout)]

    def ours(self, name):
        """The objects that arrive in the control plane, or the text of the error."""
        workload = f'case-{list(CASES).index(name)}'
        done = self.server.tptctl('apply', '-f', self.path_of(name), '--name', workload)
        if done.returncode:
            return done.stderr
        definition = wait_for(f'{name} is read', lambda: next((one for one in self.server.objects(f'workload-definitions?name={workload}') if one.get('Conditions')), None))
        if condition(definition, 'Stalled')['Status'] == 'True':
            return condition(definition, 'Ready')['Message']
        return [row['JSONDefinition'] for row in self.server.objects(f'workload-resource-definitions?workloaddefinitionid={definition["ID"]}')]

    def test_every_file_is_read_as_kubectl_reads_it(self):
        for name, (text, _) in CASES.items():
            with open(self.path_of(name), 'wb') as file:
                file.write(text if isinstance(text, bytes) else text.encode())
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            theirs = dict(zip(CASES, pool.map(self.kubectl, CASES)))
        for name, (_, differs) in CASES.items():
            with self.subTest(name):
                self.compare(theirs[name], self.ours(name), differs)

    def compare(self, theirs, ours, differs):
        if differs:
            meant, why = differs
            outcomes = [REFUSED if isinstance(one, str) else [exact(manifest) for manifest in one] for one in (theirs, ours)]
            self.assertNotEqual(*outcomes, f'this is no difference any more: {why}')
            self.assertEqual(outcomes[1], REFUSED if meant == REFUSED else [exact(manifest) for manifest in meant], why)
        elif isinstance(theirs, str):
            self.assertIsInstance(ours, str, f'kubectl refuses this: {theirs}')
        else:
            self.assertIsInstance(ours, list, f'kubectl reads this: {ours}')
            self.assertEqual([exact(one) for one in ours], [exact(one) for one in theirs])


if __name__ == '__main__':
    unittest.main()
