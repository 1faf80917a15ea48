#!/usr/bin/env python3
"""Who may call threeportd, over real TLS: certificates, tokens of each scope, and what is left of a token anywhere."""
import base64
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import unittest
from urllib.parse import urlsplit

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from control_plane import Server, program, variable, wait_for

SCOPES = ('admin', 'operator', 'developer', 'ci', 'read-only')
TIER = {'Name': 'gold', 'Criticality': 1}
WORKLOAD = {'Name': 'web', 'YAMLDocument': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}'}


def run(*command, stdin=None, **options):
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, **options)


def openssl(*arguments):
    done = run('openssl', *arguments)
    if done.returncode:
        raise AssertionError(f'openssl {" ".join(arguments)}: {done.stderr}')


class Authority:
    """A folder of certificates as `tptctl certificates` makes it."""

    def __init__(self, folder, name='test'):
        self.folder, self.name = folder, name
        self.issue()

    def issue(self, *arguments):
        made = run(program('tptctl'), 'certificates', '--folder', self.folder, '--name', self.name, *arguments)
        assert made.returncode == 0, made.stderr
        return made.stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    def options(self):
        """Of threeportd."""
        return {'auth-enabled': 'true', 'tls-certificate-file': self.path('server.crt'), 'tls-key-file': self.path('server.key'),
                'client-ca-file': self.path('ca.crt')}

    def expired_client(self):
        """(certificate, key) of a client whose certificate ended yesterday."""
        key, request, certificate = self.path('old.key'), self.path('old.csr'), self.path('old.crt')
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-subj', '/CN=old', '-out', request)
        database = self.path('index.txt')
        with open(database, 'w'):
            pass
        config = self.path('ca.cnf')
        with open(config, 'w') as file:
            file.write(f'[ca]\ndefault_ca=x\n[x]\ndatabase={database}\nnew_certs_dir={self.folder}\nrand_serial=yes\ndefault_md=sha256\n'
                       'policy=p\n[p]\ncommonName=supplied\n')
        openssl('ca', '-batch', '-config', config, '-in', request, '-out', certificate, '-cert', self.path('ca.crt'), '-keyfile',
                self.path('ca.key'), '-startdate', '20200101000000Z', '-enddate', '20200102000000Z', '-notext')
        return certificate, key


class Plane:
    """threeportd with authentication, and ways to call it."""

    def __init__(self, authority, folder, **options):
        self.authority, self.folder = authority, folder
        self.server = Server(folder, **authority.options(), **options)
        self.admin = (authority.path('client.crt'), authority.path('client.key'))

    def start(self):
        self.server.start()
        return self

    def curl(self, path, *arguments, method='GET', body=None, certificate=None, token=None, ca=None):
        """(status, JSON, headers) of a call by curl; the status is its exit code as a text where nothing was answered."""
        command = ['curl', '--silent', '--show-error', '--cacert', ca or self.authority.path('ca.crt'), '-X', method, '-D', '-', *arguments]
        if certificate:
            command += ['--cert', certificate[0], '--key', certificate[1]]
        if token is not None:
            command += ['-H', f'Authorization: Bearer {token}']
        if body is not None:
            command += ['-H', 'Content-Type: application/json', '--data-binary', '@-']
        done = run(*command, f'https://localhost:{self.server.port}{path}', stdin=json.dumps(body) if body is not None else None)
        if done.returncode:
            return f'curl {done.returncode}', done.stderr, ''
        head, _, text = done.stdout.partition('\n\n')
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text
        return int(head.split()[1]), answer, head

    def status(self, *arguments, **options):
        return self.curl(*arguments, **options)[0]

    def refused(self, code, *words, **options):
        """The call is refused with that status, and a sentence that has the words."""
        status, answer, head = self.curl('/v0/tiers', **options)
        assert status == code, (status, answer)
        assert answer['Status']['code'] == code and answer['Data'] is None, answer
        for word in words:
            assert word in answer['Status']['error'], answer
        if code == 401:
            assert 'WWW-Authenticate: Bearer realm="threeport"' in head, head

    def whoami(self, **options):
        status, answer, _ = self.curl('/v0/whoami', **options)
        assert status == 200, answer
        return answer['Data'][0]['Actor'], answer['Data'][0]['Scope']

    def tptctl(self, *arguments, token=None):
        """tptctl with the admin's certificate, or with a token."""
        with open(self.authority.path('ca.crt'), 'rb') as ca, open(self.admin[0], 'rb') as certificate, open(self.admin[1], 'rb') as key:
            ca, certificate, key = (base64.b64encode(file.read()).decode() for file in (ca, certificate, key))
        path = os.path.join(self.folder, 'tptctl.yaml')
        with open(path, 'w') as file:
            json.dump({'CurrentControlPlane': 'test', 'ControlPlanes': [{
                'Name': 'test', 'AuthEnabled': True, 'APIServer': f'localhost:{self.server.port}', 'CACert': ca,
                'Credentials': [{'Name': 'test', 'ClientCert': certificate, 'ClientKey': key, 'Token': ''}]}]}, file)
        environment = {**self.server.environment, 'THREEPORT_CONFIG': path, **({'THREEPORT_TOKEN': token} if token else {})}
        return run(program('tptctl'), *arguments, env=environment)

    def token(self, name, scope, *arguments):
        made = self.tptctl('token', 'create', name, '--scope', scope, *arguments)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()


class Authentication(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.authority = Authority(os.path.join(cls.folder, 'certificates'))
        cls.plane = Plane(cls.authority, cls.folder, roles='api').start()
        cls.addClassCleanup(cls.plane.server.kill)

    def test_a_certificate_of_the_ca_is_an_admin(self):
        self.assertEqual(self.plane.whoami(certificate=self.plane.admin), ('cert:test-admin', 'admin'))
        self.authority.issue('--client', 'alice')
        alice = (self.authority.path('alice.crt'), self.authority.path('alice.key'))
        self.assertEqual(self.plane.whoami(certificate=alice), ('cert:alice', 'admin'))

    def test_nobody_is_refused_but_may_probe(self):
        self.plane.refused(401, 'client certificate', 'Authorization: Bearer tpt_')
        for path in ('/metrics', '/openapi.json', '/v0/watch', '/v0/whoami'):
            self.assertEqual(self.plane.status(path), 401, path)
        for path in ('/healthz', '/readyz', '/version'):
            self.assertEqual(self.plane.status(path), 200, path)

    def test_a_certificate_of_another_ca_is_named(self):
        other = Authority(os.path.join(self.folder, 'other'), 'other')
        self.plane.refused(401, 'not accepted', 'another CA', certificate=(other.path('client.crt'), other.path('client.key')))

    def test_a_certificate_of_another_ca_of_the_same_name_is_named(self):
        other = Authority(os.path.join(self.folder, 'twin'), 'test')
        self.plane.refused(401, 'another CA', certificate=(other.path('client.crt'), other.path('client.key')))

    def test_an_expired_certificate_is_named(self):
        self.plane.refused(401, 'not accepted', 'certificate has expired', certificate=self.authority.expired_client())

    def test_a_certificate_of_the_server_is_none_of_a_client(self):
        self.plane.refused(401, 'not accepted', certificate=(self.authority.path('server.crt'), self.authority.path('server.key')))

    def test_a_client_that_trusts_another_ca_does_not_talk_to_the_server(self):
        other = Authority(os.path.join(self.folder, 'stranger'), 'stranger')
        self.assertEqual(self.plane.status('/version', ca=other.path('ca.crt')), 'curl 60')

    def test_plain_http_is_not_answered(self):
        done = run('curl', '--silent', f'http://127.0.0.1:{self.plane.server.port}/version')
        self.assertNotEqual(done.returncode, 0)

    def test_the_server_is_known_by_all_its_names(self):
        for host in ('localhost', '127.0.0.1', '[::1]', 'threeport-api-server.threeport-control-plane.svc.cluster.local'):
            resolve = ('--connect-to', f'::127.0.0.1:{self.plane.server.port}')
            done = run('curl', '--silent', '--show-error', '--cacert', self.authority.path('ca.crt'), *resolve, f'https://{host}/version')
            self.assertEqual(done.returncode, 0, f'{host}: {done.stderr}')

    def test_an_empty_token_counts_as_absent(self):
        self.plane.refused(401, 'client certificate', token='')
        self.assertEqual(self.plane.whoami(certificate=self.plane.admin, token='')[0], 'cert:test-admin')

    def test_what_is_no_token_is_refused(self):
        for token in ('secret', 'tpt_', 'tpt_' + 43 * 'A'):
            self.plane.refused(401, 'token', token=token, certificate=self.plane.admin)

    def test_each_scope_does_what_it_may(self):
        writes_tier, writes_workload = {'admin', 'operator'}, {'admin', 'operator', 'developer'}
        for scope in SCOPES:
            with self.subTest(scope):
                token = self.plane.token(f'scope-{scope}', scope)
                self.assertTrue(token.startswith('tpt_'))
                self.assertEqual(self.plane.whoami(token=token), (f'token:scope-{scope}', scope))
                self.assertEqual(self.plane.status('/v0/tiers', token=token), 200)
                self.assertEqual(self.plane.status('/metrics', token=token), 200)
                tier = self.plane.status('/v0/tiers', token=token, method='POST', body={'Name': f'tier-{scope}', 'Criticality': 1})
                self.assertEqual(tier, 201 if scope in writes_tier else 403)
                workload = {**WORKLOAD, 'Name': f'web-{scope}'}
                made = self.plane.status('/v0/workload-definitions', token=token, method='POST', body=workload)
                self.assertEqual(made, 201 if scope in writes_workload else 403)
                documents = {'Documents': [{'WorkloadDefinition': workload}]}
                self.assertEqual(self.plane.status('/v0/apply', token=token, method='POST', body=documents), 200 if scope in writes_workload else 403)
                documents['Documents'].append({'Tier': {'Name': f'applied-{scope}', 'Criticality': 1}})
                self.assertEqual(self.plane.status('/v0/apply', token=token, method='POST', body=documents), 200 if scope in writes_tier else 403)
                another = {'Name': f'by-{scope}', 'Scope': 'admin'}
                self.assertEqual(self.plane.status('/v0/access-tokens', token=token, method='POST', body=another), 201 if scope == 'admin' else 403)

    def test_a_refusal_names_the_scope_and_what_would_do(self):
        token = self.plane.token('named', 'developer')
        self.plane.refused(403, 'token:named', 'scope developer', 'admin or operator', token=token, method='POST', body=TIER)

    def test_a_revoked_token_is_refused_at_once(self):
        token = self.plane.token('revoked', 'developer')
        self.assertEqual(self.plane.status('/v0/tiers', token=token), 200)
        done = self.plane.tptctl('token', 'revoke', 'revoked')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.plane.refused(401, 'revoked', token=token)

    def test_a_token_expires(self):
        token = self.plane.token('brief', 'read-only', '--expires', '1500ms')
        wait_for('the token expires', lambda: self.plane.status('/v0/tiers', token=token) == 401)
        self.plane.refused(401, 'the token brief has expired at', token=token)

    def test_tptctl_uses_the_token_that_it_is_given(self):
        token = self.plane.token('shell', 'read-only')
        done = self.plane.tptctl('whoami', token=token)
        self.assertIn('token:shell', done.stdout, done.stderr)
        self.assertIn('read-only', done.stdout)
        self.assertIn('cert:test-admin', self.plane.tptctl('whoami').stdout)
        self.assertIn('token:shell', self.plane.tptctl('whoami', '--token', token).stdout)
        refused = self.plane.tptctl('token', 'create', 'more', '--scope', 'admin', token=token)
        self.assertEqual(refused.returncode, 5, refused.stderr)
        self.assertIn('the scope read-only does not allow', refused.stderr)
        unknown = self.plane.tptctl('get', 'tiers', token='tpt_unknown')
        self.assertEqual(unknown.returncode, 5)
        self.assertIn('the token is not valid', unknown.stderr)
        listed = self.plane.tptctl('token', 'list')
        self.assertRegex(listed.stdout, r'shell +read-only')

    def test_a_wrong_scope_or_time_is_refused_by_tptctl(self):
        for arguments, word in ((('--scope', 'admn'), 'did you mean "admin"'), ((), '--scope is missing'), (('--scope', 'ci', '--expires', 'soon'), '90d')):
            done = self.plane.tptctl('token', 'create', 'x', *arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn(word, done.stderr)

    def test_a_token_is_nowhere_but_in_the_answer_that_made_it(self):
        status, answer, _ = self.plane.curl('/v0/access-tokens', certificate=self.plane.admin, method='POST', body={'Name': 'hidden', 'Scope': 'admin'})
        self.assertEqual(status, 201)
        token, item = answer['Data'][0]['Token'], f'/v0/access-tokens/{answer["Data"][0]["ID"]}'
        seen = [self.plane.curl(path, token=token)[1] for path in ('/v0/access-tokens', item, '/openapi.json', '/metrics')]
        seen.append(self.plane.curl(item, token=token, method='PATCH', body={'ExpiresAt': '2099-01-01T00:00:00Z'})[1])
        seen += [self.plane.curl(path, token=token)[1] for path in (f'{item}/history', f'{item}?at=2098-01-01T00:00:00Z')]
        watch = subprocess.Popen(['curl', '--silent', '--no-buffer', '--cacert', self.authority.path('ca.crt'), '-H', f'Authorization: Bearer {token}',
                                  f'https://localhost:{self.plane.server.port}/v0/access-tokens?watch=true'], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watch.stdout.close)
        for line in watch.stdout:
            seen.append(line)
            if 'synced' in line:
                break
        watch.kill()
        watch.wait()
        self.assertIn('hidden', ''.join(map(str, seen)))
        self.plane.curl(item, certificate=self.plane.admin, method='DELETE')
        for text in (*map(str, seen), self.plane.server.log()):
            self.assertNotIn(token, text)
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if name.startswith('threeport.db'):
                with open(path, 'rb') as file:
                    self.assertNotIn(token.encode(), file.read(), name)

    def test_every_change_has_its_actor_and_its_request(self):
        token = self.plane.token('author', 'operator')
        status, answer, head = self.plane.curl('/v0/tiers', token=token, method='POST', body={'Name': 'authored', 'Criticality': 1})
        self.assertEqual(status, 201)
        tier = answer['Data'][0]['ID']
        self.plane.curl(f'/v0/tiers/{tier}', certificate=self.plane.admin, method='PATCH', body={'Criticality': 2})
        self.plane.curl(f'/v0/tiers/{tier}', token=token, method='DELETE')
        with sqlite3.connect(f'file:{self.folder}/threeport.db?mode=ro', uri=True) as database:
            rows = database.execute('SELECT actor, request_id FROM changes WHERE id = ? ORDER BY sequence', [tier]).fetchall()
            unknown = database.execute("SELECT count(*) FROM changes WHERE actor = '' OR actor = 'anonymous' OR request_id = ''").fetchone()
        self.assertEqual([row[0] for row in rows], ['token:author', 'cert:test-admin', 'token:author'])
        self.assertIn(rows[0][1], head)
        self.assertEqual(len({row[1] for row in rows}), 3)
        self.assertEqual(unknown, (0,))


class Start(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_missing_files_are_named_with_the_way_to_make_them(self):
        authority = Authority(os.path.join(self.folder, 'certificates'))
        for option, flag in (('tls-certificate-file', '--tls-certificate-file'), ('tls-key-file', '--tls-key-file'), ('client-ca-file', '--client-ca-file')):
            options = {**authority.options(), option: os.path.join(self.folder, 'nowhere')}
            code, text = Server(self.folder, **options).refusal()
            self.assertEqual(code, 2, text)
            for word in (flag, 'nowhere', 'tptctl certificates', 'tptctl up', '--auth-enabled=false'):
                self.assertIn(word, text)
            self.assertFalse(os.path.exists(os.path.join(self.folder, 'threeport.db')))

    def test_limits_are_flags(self):
        authority = Authority(os.path.join(self.folder, 'certificates'))
        plane = Plane(authority, self.folder, **{'max-body-size': '1KB', 'max-header-size': '2KB'}).start()
        self.addCleanup(plane.server.kill)
        body = {'Name': 'x' * 2000, 'Criticality': 1}
        self.assertEqual(plane.status('/v0/tiers', certificate=plane.admin, method='POST', body=body), 413)
        self.assertEqual(plane.status('/v0/tiers', '-H', 'X-Long: ' + 'y' * 3000, certificate=plane.admin), 431)
        self.assertEqual(plane.status('/v0/tiers', certificate=plane.admin), 200)
        for option, value in (('header-timeout', 'soon'), ('idle-timeout', '0s'), ('max-body-size', '0'), ('max-connections', '-1')):
            code, text = Server(tempfile.mkdtemp(dir=self.folder), **{option: value}).refusal()
            self.assertNotEqual(code, 0, option)
            self.assertIn(option, text)

    def test_certificates_made_again_are_kept(self):
        authority = Authority(os.path.join(self.folder, 'certificates'))
        with open(authority.path('server.crt')) as file:
            first = file.read()
        self.assertEqual(authority.issue().count('kept'), 2)
        with open(authority.path('server.crt')) as file:
            self.assertEqual(file.read(), first)
        self.assertEqual(authority.issue('--host', 'api.example.org').count('made'), 1)


class Up(unittest.TestCase):
    """The control plane that `tptctl up` starts."""

    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.home)
        self.environment = {**os.environ, 'HOME': self.home}
        for name in ('THREEPORT_TOKEN', 'THREEPORT_CONFIG'):
            self.environment.pop(name, None)

    def tptctl(self, *arguments):
        return run(program('tptctl'), *arguments, env=self.environment)

    def up(self, *arguments):
        done = self.tptctl('up', '--name', 'auth', *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(self.tptctl, 'down', '--name', 'auth', '--purge')
        return done.stdout

    def config(self):
        with open(os.path.join(self.home, '.threeport', 'config.yaml')) as file:
            return yaml.safe_load(file)['ControlPlanes'][0]

    def mode(self, *parts):
        return stat.S_IMODE(os.stat(os.path.join(self.home, '.threeport', *parts)).st_mode)

    def test_it_is_authenticated_and_private_by_default(self):
        self.up()
        entry = self.config()
        self.assertTrue(entry['AuthEnabled'])
        self.assertEqual(entry['Credentials'][0]['Name'], 'auth')
        for text in (entry['CACert'], entry['Credentials'][0]['ClientCert'], entry['Credentials'][0]['ClientKey']):
            self.assertIn(b'-----BEGIN ', base64.b64decode(text))
        with open(os.path.join(self.home, '.threeport', 'auth', 'encryption.key')) as file:
            self.assertEqual(entry['EncryptionKey'], file.read().strip())
        self.assertEqual(self.mode('config.yaml'), 0o600)
        self.assertEqual(self.mode(), 0o700)
        self.assertEqual(self.mode('auth'), 0o700)
        self.assertEqual(self.mode('auth', 'certificates'), 0o700)
        for name in os.listdir(os.path.join(self.home, '.threeport', 'auth', 'certificates')):
            self.assertEqual(self.mode('auth', 'certificates', name), 0o600, name)
        self.assertIn('cert:auth-admin', self.tptctl('whoami').stdout)
        plain = run('curl', '--silent', '--insecure', f'https://{entry["APIServer"]}/v0/tiers')
        self.assertIn('"code":401', plain.stdout)
        self.assertIn('already runs', self.up())
        self.assertEqual(self.config(), entry)
        self.assertEqual(self.tptctl('down', '--name', 'auth').returncode, 0)
        self.up()
        self.assertEqual(self.config(), entry, 'certificates and port are kept')

    def test_without_authentication_it_is_as_before(self):
        for flag in ('--no-auth', '--auth-enabled=false'):
            self.up(flag)
            self.assertFalse(self.config()['AuthEnabled'])
            self.assertIn('anonymous', self.tptctl('whoami').stdout)
            self.assertIn('without authentication', self.up())
            self.tptctl('down', '--name', 'auth')


class Replicas(unittest.TestCase):
    """Two of them over one PostgreSQL."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        url, name = variable('TP_POSTGRES_URL'), f'auth_{os.getpid()}'
        self.assertEqual(run('psql', '-q', url, '-c', f'CREATE DATABASE {name}').returncode, 0)
        self.addCleanup(run, 'psql', '-q', url, '-c', f'DROP DATABASE {name} WITH (FORCE)')
        database = urlsplit(url)._replace(path='/' + name).geturl()
        authority = Authority(os.path.join(self.folder, 'certificates'))
        self.planes = [Plane(authority, tempfile.mkdtemp(dir=self.folder), database=database, roles='api',
                             **{'encryption-key-file': os.path.join(self.folder, 'key')}).start() for _ in range(2)]
        for plane in self.planes:
            self.addCleanup(plane.server.kill)

    def test_a_token_holds_and_ends_on_every_replica_at_once(self):
        one, two = self.planes
        for i in range(20):
            token = one.token(f'shared-{i}', 'read-only')
            self.assertEqual(two.status('/v0/tiers', token=token), 200)
            self.assertEqual(one.tptctl('token', 'revoke', f'shared-{i}').returncode, 0)
            self.assertEqual(two.status('/v0/tiers', token=token), 401)


if __name__ == '__main__':
    unittest.main()
