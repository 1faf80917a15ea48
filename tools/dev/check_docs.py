#!/usr/bin/env python3
"""Texts that rot silently: links in Markdown that lead nowhere, and paths that exist on one machine only.

usage: check_docs.py [FILE...]     (without files: the whole tree; exit 1 where something is wrong)
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from dev.cpp_text import tracked_files  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Absolute paths of somebody's machine. The brackets keep this line from matching itself.
FOREIGN = re.compile(r'(?<![\w.${}()"*-])/(wor[k]|home/[a-z]\w*|Use[r]s|tmp/[t]eam)/\w')
LINK = re.compile(r'(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)|!\[[^\]]*\]\(([^)\s]+)\)')


def heading_anchors(text):
    """GitHub's anchors of all headings."""
    anchors = set()
    for heading in re.findall(r'^#{1,6}\s+(.*?)\s*#*$', re.sub(r'^```.*?^```', '', text, flags=re.S | re.M), re.M):
        plain = re.sub(r'[`*]|\[([^\]]*)\]\([^)]*\)', r'\1', heading).lower()
        anchors.add(re.sub(r'[^\w\- ]', '', plain).replace(' ', '-'))
    return anchors


def check_links(path, text, read):
    """`read(path)` gives the text of a file, '' for a folder, None where there is nothing."""
    code_gone = re.sub(r'^```.*?^```', lambda m: '\n' * m.group(0).count('\n'), text, flags=re.S | re.M)
    for number, line in enumerate(code_gone.split('\n'), 1):
        for match in LINK.finditer(re.sub(r'`[^`]*`', '', line)):
            target = match.group(1) or match.group(2)
            if re.match(r'[a-z]+:', target):
                continue
            place, _, anchor = target.partition('#')
            there = os.path.normpath(os.path.join(os.path.dirname(path), place)) if place else path
            found = text if there == path else read(there)
            if found is None:
                yield number, f'the link {target} leads nowhere'
            elif anchor and there.endswith('.md') and anchor not in heading_anchors(found):
                yield number, f'the link {target} names a heading that {there} does not have'


def check_paths(text):
    for number, line in enumerate(text.split('\n'), 1):
        match = FOREIGN.search(line)
        if match:
            yield number, f'{match.group(0)[:-1]}… is a path of one machine; use a relative path or a variable'


def read_text(path):
    full = os.path.join(ROOT, path)
    if os.path.isdir(full):  # one without files is not in a clone
        return '' if any(files for _, _, files in os.walk(full)) else None
    try:
        with open(full, encoding='utf-8') as file:
            return file.read()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def main(arguments):
    wrong = 0
    for path in arguments or tracked_files(ROOT, ''):
        text = read_text(path)
        if text is None:  # not a text
            continue
        found = list(check_paths(text))
        if path.endswith('.md'):
            found += check_links(path, text, read_text)
        for number, sentence in found:
            print(f'{path}:{number}: {sentence}')
            wrong += 1
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
