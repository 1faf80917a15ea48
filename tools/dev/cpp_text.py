"""What the checkers know about C++ text: no parser, only comments, literals and which files there are."""
import os
import re
import subprocess

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|(?:u8|[uUL])?R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'",
    re.S)


def blank(text, keep_includes=True):
    """The text without comments and the contents of literals; every line keeps its number."""
    def replace(match):
        token = match.group(0)
        newlines = '\n' * token.count('\n')
        if token.startswith('//') or token.startswith('/*'):
            return newlines or ' '
        if keep_includes:
            line = text[text.rfind('\n', 0, match.start()) + 1:match.start()]
            if re.fullmatch(r'\s*#\s*include\s*', line):
                return token
        return '""' + newlines
    return _TOKEN.sub(replace, text)


def tracked_files(root, suffixes):
    """Paths, relative to the root, of all files that are or could be committed."""
    out = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=root,
                         capture_output=True, check=True).stdout.decode()
    paths = {path for path in out.split('\0') if path.endswith(suffixes)}
    return sorted(path for path in paths if os.path.isfile(os.path.join(root, path)))


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()
