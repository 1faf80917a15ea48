"""threeportd and tptctl as users have them, for tests that are scripts."""
import json
import os
import signal
import subprocess
import tempfile
import threading
import socket
import time
import urllib.error
import urllib.request

PATIENCE = 60  # seconds until a state that must come is given up


def variable(name):
    """A variable that ./dev test sets."""
    if not os.environ.get(name):
        raise SystemExit(f'{name} is not set: ./dev test sets it')
    return os.environ[name]


def program(name):
    return os.path.join(variable('TP_BIN_DIR'), name)


def wait_for(what, look, seconds=PATIENCE):
    """Asks until `look` returns something true, and returns that; AssertionError with `what` where it never does."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {seconds} s')
        time.sleep(0.1)


class Server:
    """threeportd on one database. Killed and started again, it keeps its port."""

    def __init__(self, folder=None, **options):
        self.folder = folder or tempfile.mkdtemp(prefix='threeport-test-')
        self.options = {'database': f'sqlite://{self.folder}/threeport.db', 'auth-enabled': 'false', **options}
        self.environment = {**os.environ, 'HOME': self.folder}
        self.environment.pop('KUBECONFIG', None)
        self.process, self.port = None, 0

    def command(self):
        options = {'listen': f'127.0.0.1:{self.port}', 'port-file': os.path.join(self.folder, 'port'), **self.options}
        return [program('threeportd'), *(f'--{name}={value}' for name, value in options.items())]

    def start(self):
        port_file = os.path.join(self.folder, 'port')
        if os.path.exists(port_file):
            os.unlink(port_file)
        with open(os.path.join(self.folder, 'log'), 'a') as log:
            self.process = subprocess.Popen(self.command(), stderr=log, env=self.environment)
        wait_for('threeportd writes its port file', lambda: os.path.exists(port_file) or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError(f'threeportd did not start: {self.log()[-2000:]}')
        with open(port_file) as file:
            self.port = int(file.read())
        return self

    def refusal(self):
        """(exit code, what it says) of a start that must fail."""
        if os.path.exists(os.path.join(self.folder, 'port')):
            os.unlink(os.path.join(self.folder, 'port'))
        done = subprocess.run(self.command(), capture_output=True, text=True, env=self.environment, timeout=PATIENCE)
        return done.returncode, done.stderr

    def log(self):
        with open(os.path.join(self.folder, 'log')) as file:
            return file.read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends it as an operator does; returns its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)

    def ask(self, method, path, body=None):
        """(status, text). OSError where there is no answer."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}', data, {'Content-Type': 'application/json'}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def call(self, method, path, body=None):
        """(status, JSON); repeated until there is an answer: a killed server is started again by the killer."""
        while True:
            try:
                status, text = self.ask(method, path, body)
                return status, json.loads(text)
            except (OSError, ValueError):
                time.sleep(0.05)

    def objects(self, path):
        """All objects of a plural such as workload-instances."""
        return self.call('GET', f'/v0/{path}{"&" if "?" in path else "?"}size=-1')[1]['Data']

    def apply(self, *documents):
        status, answer = self.call('POST', '/v0/apply', {'Documents': list(documents)})
        assert status == 200, answer
        return answer

    def adopt(self, kubeconfig=None):
        """Makes the cluster of the test run, or of the kubeconfig's text, the default runtime `local`; or changes the way to it."""
        if kubeconfig is None:
            with open(variable('TP_KUBECONFIG')) as file:
                kubeconfig = file.read()
        self.apply({'KubernetesRuntime': {'Name': 'local', 'InfraProvider': 'kubeconfig', 'Location': 'Local', 'DefaultRuntime': True,
                                          'Kubeconfig': kubeconfig}})

    def tptctl(self, *arguments, stdin=None, timeout=300):
        """The finished process of tptctl, configured for this server."""
        folder = os.path.join(self.folder, '.threeport')
        os.makedirs(folder, exist_ok=True)
        entry = {'Name': 'test', 'AuthEnabled': False, 'APIServer': f'127.0.0.1:{self.port}'}
        written = os.path.join(folder, f'config-{threading.get_ident()}')  # several threads of a test may call
        with open(written, 'w') as file:
            json.dump({'CurrentControlPlane': 'test', 'ControlPlanes': [entry]}, file)
        os.replace(written, os.path.join(folder, 'config.yaml'))
        return subprocess.run([program('tptctl'), *arguments], input=stdin, capture_output=True, text=True, timeout=timeout, cwd=self.folder,
                              env=self.environment)


def condition(item, kind):
    """The condition of that type, {} where there is none."""
    return next((one for one in item.get('Conditions', []) if one['Type'] == kind), {})


def is_ready(item):
    return condition(item, 'Ready').get('Status') == 'True'


def kubectl(*arguments, kubeconfig=None, stdin=None):
    """What kubectl prints, on the cluster of the test run."""
    command = ['kubectl', '--kubeconfig', kubeconfig or variable('TP_KUBECONFIG'), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(f'{" ".join(command)}: {done.stderr}')
    return done.stdout


def kubectl_json(*arguments, **options):
    return json.loads(kubectl(*arguments, '-o', 'json', **options))


def installation_of(server):
    """The UID that marks everything which the server puts on clusters; only known once it has recorded an object."""
    for row in server.objects('workload-resource-instances'):
        labels = row.get('RuntimeDefinition', {}).get('metadata', {}).get('labels', {})
        if 'control-plane.threeport.io/installation' in labels:
            return labels['control-plane.threeport.io/installation']
    return None


def owned(installation, kinds='namespaces,configmaps,services'):
    """(namespace, kind, name) of everything on the cluster that carries the installation's label."""
    found = kubectl_json('get', kinds, '-A', '-l', f'control-plane.threeport.io/installation={installation}')
    return sorted((item['metadata'].get('namespace', ''), item['kind'], item['metadata']['name']) for item in found['items'])


class Relay:
    """A TCP relay on a free port of 127.0.0.1 whose line can be cut and mended."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.port = 0
        self.listener, self.connections, self.lock = None, [], threading.Lock()
        self.mend()

    def mend(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('127.0.0.1', self.port))
        listener.listen()
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        """Refuses new connections and resets the open ones."""
        with self.lock:
            for one in (self.listener, *self.connections):
                self._shut(one)
        self.listener.close()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            with self.lock:
                self.connections += [client, server]
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client, server):
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy(client, server)
        back.join()
        with client, server, self.lock:
            self.connections = [one for one in self.connections if one not in (client, server)]

    @staticmethod
    def _copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            Relay._shut(end)

    @staticmethod
    def _shut(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed already
