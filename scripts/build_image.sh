#!/bin/sh
# Builds the image of the sandbox with the Python named as argument, where a Docker engine answers.
#
# Opening a sandbox builds its image when the engine has none of this Python and these libraries, so that is all.
set -eu

if docker version >/dev/null 2>&1; then
    echo 'Building the image of the sandbox (about 130 MB, 10 to 30 seconds) ...'
    exec "$1" -c 'import sandbox
with sandbox.open_sandbox("docker"): pass'
fi
echo 'No Docker engine answers, so there is no image to build: bubblewrap is the sandbox (see make docker).'
