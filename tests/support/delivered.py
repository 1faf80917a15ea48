"""What was delivered to one namespace of the cluster, as its programs see it."""
import base64
import subprocess

from control_plane import kubectl, kubectl_json, variable


class Delivered:
    def __init__(self, namespace):
        self.namespace = namespace

    def kubectl(self, *arguments):
        return kubectl('-n', self.namespace, *arguments)

    def items(self, kind):
        return kubectl_json('-n', self.namespace, 'get', kind)['items']

    def names(self, kind):
        return {item['metadata']['name'] for item in self.items(kind)}

    def template(self, workload):
        """The pods' template of a Deployment."""
        return kubectl_json('-n', self.namespace, 'get', 'deployment', workload)['spec']['template']

    def container(self, workload, name):
        return next(one for one in self.template(workload)['spec']['containers'] if one['name'] == name)

    def variables(self, workload, container):
        """The environment variables of a container as its program gets them."""
        secrets = {item['metadata']['name']: item.get('data', {}) for item in self.items('secrets')}

        def value(one):
            if 'value' in one:
                return one['value'].replace('$$', '$')  # which escapes it from Kubernetes
            reference = one['valueFrom']['secretKeyRef']
            return base64.b64decode(secrets[reference['name']][reference['key']]).decode()
        return {one['name']: value(one) for one in self.container(workload, container).get('env', [])}


def page(host, path):
    """What the cluster's gateway answers for a host name."""
    return subprocess.run(['curl', '-sS', '--noproxy', '*', '-H', f'Host: {host}', variable('TP_GATEWAY') + path],
                          capture_output=True, text=True, timeout=30).stdout
