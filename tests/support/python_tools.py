"""Python programs of others that tests run: pinned in tools/python/requirements.txt, installed on need into a folder of their own below the
user's cache, as the Go tools are."""
import fcntl
import hashlib
import os
import shutil
import subprocess
import venv

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REQUIREMENTS = os.path.join(ROOT, 'tools', 'python', 'requirements.txt')
TOOLS = os.path.join(os.path.expanduser('~'), '.cache', 'threeport', 'tools')


def python_tool(name):
    """The path of the program; the first call of a machine installs all of them."""
    with open(REQUIREMENTS, 'rb') as file:
        folder = os.path.join(TOOLS, f'python-{hashlib.sha256(file.read()).hexdigest()[:12]}')
    os.makedirs(TOOLS, exist_ok=True)
    with open(os.path.join(TOOLS, '.python.lock'), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, '.complete')):
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            command = [os.path.join(folder, 'bin', 'pip'), 'install', '-q', '--disable-pip-version-check', '-r', REQUIREMENTS]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise AssertionError(f'{" ".join(command)}: {done.stderr}')
            open(os.path.join(folder, '.complete'), 'w').close()
    return os.path.join(folder, 'bin', name)
