#!/bin/sh
# Stands in for the entry point of the official image.
exec versitygw "$@"
