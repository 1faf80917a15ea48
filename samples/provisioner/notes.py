#!/usr/bin/env python3
"""A provisioner of notes: reads one JSON object on standard input, writes one on standard output, and says on standard error why it failed.

usage: notes.py provision|remove
"""
import json
import secrets
import sys

PARAMS = {'text'}


def provision(request):
    unknown = sorted(set(request['resource_params']) - PARAMS)
    if unknown:
        sys.exit(f'unknown param {unknown[0]}; there is {", ".join(sorted(PARAMS))}')
    guid, state = request['resource_guid'], request['resource_state']
    # What is made once is kept in the state, which comes back with the next request.
    name, token = f'note-{guid}', state.get('token') or secrets.token_hex(8)
    return {
        'resource_state': {'name': name, 'token': token},
        'resource_outputs': {'name': name, 'text': request['resource_params'].get('text', ''), 'token': {'Secret': token}},
        'shared_state': {'notes': {guid: True}},
        'manifests': [],
    }


def main():
    mode, request = sys.argv[1], json.load(sys.stdin)
    if mode == 'provision':
        json.dump(provision(request), sys.stdout)
    # A real one takes away here what `provision` made, if it is still there.


if __name__ == '__main__':
    main()
