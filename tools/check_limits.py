#!/usr/bin/env python3
"""Sizes that stay readable: files, functions, parameters of constructors.

usage: check_limits.py [FILE...]     (without files: the whole tree; exit 1 where a limit is passed)
"""
import os
import re
import sys

from dev.cpp_text import blank, read, tracked_files

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

FILE_LINES = 500
FUNCTION_LINES = 60
CONSTRUCTOR_PARAMETERS = 6
CODE = ('.h', '.cpp', '.py', '.sh', '.js', '.css', '.go')

# File -> its own limit of lines, with the reason why it may be longer.
LONGER = {}

_NOT_A_FUNCTION = re.compile(r'^(extern\b|namespace\b|(export\s+)?(class|struct|union|enum)\b)')
_TYPE = re.compile(r'(?:class|struct|union)\s+(?:\[\[[^\]]*\]\]\s*)?(?:alignas\([^)]*\)\s*)?(?:TP_\w+\s+)?(\w+)[^;()]*$')


def without_template(head):
    """The head without a leading `template <...>` and attributes."""
    head = head.strip()
    while True:
        if head.startswith('template'):
            depth, at = 0, head.find('<')
            for at in range(at, len(head)):
                depth += {'<': 1, '>': -1}.get(head[at], 0)
                if depth == 0:
                    break
            head = head[at + 1:].strip()
        elif head.startswith('[['):
            head = head[head.find(']]') + 2:].strip()
        else:
            return head


def parameter_count(text):
    """Parameters in `text`, which begins after the opening parenthesis of a declaration."""
    depth, commas, seen = 1, 0, ''
    for char in text:
        if char in '([{<':
            depth += 1
        elif char in ')]}>':
            depth -= 1
            if depth == 0:
                break
        elif char == ',' and depth == 1:
            commas += 1
        seen += char
    return commas + 1 if seen.strip() not in ('', 'void') else 0


class Scan:
    """One pass over the text of a file: braces, and the head of the statement before each."""

    def __init__(self, text):
        self.code = re.sub(r'^[ \t]*#(?:[^\n\\]|\\.|\\\n)*', lambda m: '\n' * m.group(0).count('\n'), blank(text),
                           flags=re.M)
        self.problems = []
        self.scopes = []  # (sort: 'space' | 'type' | 'function' | 'other', name, line of the head)

    def run(self):
        head, line, head_line, parens = '', 1, 1, 0
        for char in self.code:
            if char == '\n':
                line += 1
            if char in '()':
                parens += 1 if char == '(' else -1
            if char == '{' and parens == 0:
                self.open(head, head_line)
                head = ''
            elif char == '}' and parens == 0:
                self.close(line)
                head = ''
            elif char == ';' and parens == 0:
                self.constructor(head, head_line)
                head = ''
            elif char == ':' and head.strip() in ('public', 'private', 'protected'):
                head = ''
            else:
                if not head.strip() and not char.isspace():
                    head_line = line
                    head = ''
                head += char
        return self.problems

    def open(self, head, line):
        inside_function = any(scope[0] == 'function' for scope in self.scopes)
        head = without_template(head)
        sort, name = 'other', ''
        if not inside_function:
            type_head = _TYPE.search(head)
            if re.match(r'(inline\s+)?namespace\b|extern\s*""', head):
                sort = 'space'
            elif type_head and _NOT_A_FUNCTION.match(head):
                sort, name = 'type', type_head.group(1)
            elif not _NOT_A_FUNCTION.match(head) and ('(' in head or not head) and not re.search(r'=\s*$', head):
                sort, name = 'function', self.name_of(head)
                self.constructor(head, line)
        self.scopes.append((sort, name, line))

    def close(self, line):
        if not self.scopes:
            return
        sort, name, start = self.scopes.pop()
        if sort == 'function' and line - start + 1 > FUNCTION_LINES:
            self.problems.append((start, f'{name} has {line - start + 1} lines; the limit is {FUNCTION_LINES}: split it'))

    @staticmethod
    def name_of(head):
        if re.match(r'(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\b', head):
            return 'the test ' + re.sub(r'\s+', ' ', head[head.find('(') + 1:head.rfind(')')])
        found = re.search(r'([\w:~]+|operator\S+)\s*\(', head)
        return found.group(1) if found else 'the function'

    def constructor(self, head, line):
        if not self.scopes or self.scopes[-1][0] != 'type':
            return
        name = self.scopes[-1][1]
        found = re.match(r'(?:(?:explicit|constexpr|inline)\s+)*' + re.escape(name) + r'\s*\(', without_template(head))
        if not found:
            return
        count = parameter_count(without_template(head)[found.end():])
        if count > CONSTRUCTOR_PARAMETERS:
            self.problems.append((line, f'the constructor of {name} takes {count} parameters; the limit is '
                                        f'{CONSTRUCTOR_PARAMETERS}: pass a struct of named options'))


def check_text(path, text):
    """Passed limits as (line, sentence)."""
    problems = []
    lines = text.count('\n')
    limit = LONGER.get(path, FILE_LINES)
    if lines > limit:
        problems.append((1, f'{lines} lines; the limit is {limit}: split the file by what it does'))
    if path.endswith(('.h', '.cpp')):
        problems += Scan(text).run()
    return problems


def main(arguments):
    paths = [p for p in arguments if p.endswith(CODE)] if arguments else tracked_files(ROOT, CODE)
    passed = 0
    for path in paths:
        for line, sentence in check_text(path, read(ROOT, path)):
            print(f'{path}:{line}: {sentence}')
            passed += 1
    return 1 if passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
