#!/bin/sh
# Builds the image of the sandbox with the Python named as argument, where a Docker engine answers.
set -eu

if docker version >/dev/null 2>&1; then
    echo 'Building the image of the sandbox (about 130 MB, 10 to 30 seconds) ...'
    exec "$1" -m sandbox.image
fi
echo 'No Docker engine answers, so there is no image to build: bubblewrap is the sandbox (see make docker).'
