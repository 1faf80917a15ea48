#!/usr/bin/env python3
"""Adds up what ./dev test ran: JUnit files (of ctest and of GoogleTest) and lines `passed NAME` or `failed NAME` in
FOLDER/steps. Prints what failed, then `N passed, N failed` as the last line.

usage: summary.py FOLDER     (exit 1 if anything failed, was skipped without need, or if no test ran)
"""
import glob
import os
import sys
import xml.etree.ElementTree as ET

# A test that says this has nothing to read; that is no failure, and no success either.
EXCUSE = 'not run: ../shared absent'
# Set where a developer runs single tests without a cluster.
ALLOW_SKIP = os.environ.get('TP_ALLOW_SKIP') == '1'


def verdict(case):
    """'passed', 'excused', or why the test case is no success."""
    output = ' '.join(filter(None, [element.get('message', '') + (element.text or '') for element in case]))
    if case.find('failure') is not None or case.find('error') is not None:
        return 'failed'
    status = case.get('status', 'run')
    if case.find('skipped') is not None or status in ('notrun', 'disabled') or case.get('result') == 'skipped':
        return 'excused' if EXCUSE in output or ALLOW_SKIP else 'did not run, but should'
    if status == 'fail':
        return 'failed'
    return 'excused' if EXCUSE in output else 'passed'


def read_junit(path):
    """(test, verdict) of all tests of a file."""
    run = os.path.splitext(os.path.basename(path))[0]
    for case in ET.parse(path).getroot().iter('testcase'):
        suite = case.get('classname', '')
        name = case.get('name', '?')
        yield f'{run}: {name if name.startswith(suite) else suite + "." + name}', verdict(case)


def collect(folder):
    """(number of tests that ran, number passed, [(name, why)] of what did not pass, number excused)"""
    tests = []
    for path in sorted(glob.glob(os.path.join(folder, '*.xml'))):
        try:
            tests += read_junit(path)
        except ET.ParseError as error:
            tests.append((os.path.basename(path), f'the report is broken: {error}'))
    steps = []
    try:
        with open(os.path.join(folder, 'steps'), encoding='utf-8') as file:
            steps = [tuple(reversed(line.rstrip('\n').split(' ', 1))) for line in file]
    except FileNotFoundError:
        pass
    everything = tests + steps
    ran = sum(1 for _, result in tests if result in ('passed', 'failed'))
    if ran == 0:
        everything.append(('./dev test', 'no test ran'))
    passed = sum(1 for _, result in everything if result == 'passed')
    excused = sum(1 for _, result in everything if result == 'excused')
    return ran, passed, [entry for entry in everything if entry[1] not in ('passed', 'excused')], excused


def main(folder):
    _, passed, wrong, excused = collect(folder)
    for name, why in wrong:
        print(f'{why}: {name}')
    if excused:
        print(f'{excused} tests were excused: ../shared is absent' + (', or no cluster is up' if ALLOW_SKIP else ''))
    print(f'{passed} passed, {len(wrong)} failed')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
