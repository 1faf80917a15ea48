#!/usr/bin/env python3
"""The architecture as one table: who may include whom, which folder alone may use a library, and which files may read
the clock, sleep, start threads or read the environment.

usage: check_layers.py [FILE...]     (without files: every C++ file of the tree; exit 1 where a rule is broken)
"""
import os
import re
import sys

from dev.cpp_text import blank, read, tracked_files

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Folder of src/ -> the other folders of src/ that it may include.
LAYERS = {
    'base': '',
    'schema': 'base',
    'http': 'base',
    'score': 'base',
    'kinds': 'base schema',
    'store': 'base schema',
    'dependencies': 'base schema kinds score',
    'client': 'base schema http',
    'providers': 'base http',
    'apiserver': 'base schema http kinds store client score dependencies',
    'reconcile': 'base schema store client apiserver',
    'applyset': 'base schema kinds store apiserver reconcile providers',
    'controllers': 'base schema kinds store apiserver reconcile providers score dependencies applyset',
    'cli': 'base schema http kinds client score',
    'agent': 'base http client providers',
}
# Folders that wire or test the others and may include all of them.
TOP = ('apps/', 'tests/', 'bench/')

# Library, as the beginning of an include -> the only places that may name it (folders end with /).
LIBRARIES = {
    'boost/asio': 'src/http/',
    'boost/beast': 'src/http/',
    'curl/': 'src/http/',
    'openssl/': 'src/http/ src/base/crypto src/base/keyring src/base/secret.h',
    'sqlite3.h': 'src/store/sqlite/',
    'libpq-fe.h': 'src/store/postgres/',
    'spdlog/': 'src/base/log',
    'rapidjson/': 'src/base/json',
    'libfyaml.h': 'src/base/yaml',
    'yaml.h': 'src/base/yaml',
    'yaml-cpp/': 'src/base/yaml',
    'CLI/': 'src/cli/ apps/ bench/',
    'pugixml.hpp': 'src/providers/',
    # Contract suites and what several tests share are headers beside what they test.
    'gtest/': '_test.cpp tests/ src/providers/ src/store/ src/http/raw_peer.h',
    'gmock/': '',
    'rapidcheck': '_test.cpp tests/ src/base/json_generator.h',
    'benchmark/': 'bench/',
}
SYSTEM = re.compile(r'[a-z0-9_]+$|(sys|netinet|arpa|linux|net)/[a-z_/]+\.h$'
                    r'|(unistd|fcntl|signal|poll|spawn|termios|pwd|grp|netdb|dirent|stdlib|string|errno|time|cxxabi|'
                    r'syslog|sched|pthread|malloc|glob|fnmatch|getopt)\.h$')

# What only few files may do -> (pattern in code, the places that may).
POWERS = {
    'read the clock (take a base::Clock)': (
        r'\b(system|steady|high_resolution)_clock::now\b|\bgettimeofday\s*\(|\bclock_gettime\s*\(|(?<![\w.>:])(std::|::)?time\s*\(\s*(nullptr|NULL|0|&)',
        'src/base/clock.cpp tests/ bench/ _test.cpp'),
    'sleep (wait on a condition with base::Clock::wait_until)': (
        r'\bsleep_(for|until)\b|(?<![\w.>])u?sleep\s*\(|\bnanosleep\s*\(',
        'bench/ src/http/client_test.cpp src/http/server_timeout_test.cpp'),  # slow peers, on real sockets
    'start threads (use base::WorkerPool)': (
        r'\bstd::j?thread\b(?!::)|\bstd::async\b|\bpthread_create\b',
        'src/base/worker_pool src/base/subprocess src/http/ src/store/ src/reconcile/ src/providers/kubernetes/ '
        'src/apiserver/watch tests/ bench/ _test.cpp'),
    'read the environment (pass the value in)': (
        r'\b(secure_)?getenv\s*\(|\benviron\b', 'apps/ src/cli/ src/base/ tests/ bench/ _test.cpp'),
}


def allowed(path, places):
    return any(path.startswith(place) or (place.startswith('_') and path.endswith(place)) for place in places.split())


def folder_of(path):
    parts = path.split('/')
    return parts[1] if parts[0] == 'src' and len(parts) > 2 else ''


def check_include(path, opening, target):
    """The rule that this include breaks, or None."""
    folder, first = folder_of(path), target.split('/')[0]
    if opening == '"' and first in LAYERS:
        if not folder or first == folder:
            return check_domain(path, target) if folder == 'controllers' else None
        if first in LAYERS[folder].split():
            return None
        return f'src/{folder} may include only {LAYERS[folder] or "nothing"} of src/, not "{target}"'
    if opening == '"' and path.startswith(TOP):
        return None
    if opening == '"' and not (first == 'tests' and path.endswith('_test.cpp')):
        return f'"{target}": write paths of ours relative to src/, and third-party headers in <>'
    library = next((name for name in LIBRARIES if target.startswith(name)), None)
    if library:
        places = LIBRARIES[library]
        return None if allowed(path, places) else f'<{target}> belongs to {places or "nobody"} alone'
    if opening == '"' or SYSTEM.match(target):
        return None
    return f'<{target}>: no library of that name in LIBRARIES of tools/check_layers.py; add it with its one user'


def check_domain(path, target):
    """A controller's folder may include itself and what lies directly in src/controllers; that is wiring, and may
    include every folder."""
    here, there = path.split('/')[2:-1], target.split('/')[1:-1]
    if not here or not there or here[:1] == there[:1]:
        return None
    return f'src/controllers/{"/".join(here)} may not include "{target}": domains talk through API objects'


def check_text(path, text):
    """Broken rules as (line, sentence). Samples are applications that we deliver, not parts of us."""
    if path.startswith('samples/'):
        return []
    code = blank(text)
    problems = []
    folder = folder_of(path)
    if folder and folder not in LAYERS:
        problems.append((1, f'src/{folder} is not in LAYERS of tools/check_layers.py: give it its place'))
        return problems
    for number, line in enumerate(code.split('\n'), 1):
        include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if include:
            broken = check_include(path, include.group(1), include.group(2))
            if broken:
                problems.append((number, broken))
            continue
        for what, (pattern, places) in POWERS.items():
            if re.search(pattern, line) and not allowed(path, places):
                problems.append((number, f'may not {what}; allowed: {places or "nowhere"}'))
    return problems


def main(arguments):
    paths = [p for p in arguments if p.endswith(('.h', '.cpp'))] if arguments else tracked_files(ROOT, ('.h', '.cpp'))
    broken = 0
    for path in paths:
        for line, sentence in check_text(path, read(ROOT, path)):
            print(f'{path}:{line}: {sentence}')
            broken += 1
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
