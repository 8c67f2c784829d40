#!/bin/sh
# Builds the image of the sandbox with the Python named as argument, where a Docker engine answers.
#
# Opening a sandbox builds its image when the engine has none of this Python and these libraries, so that is all.
set -eu

if ! docker version >/dev/null 2>&1; then
    echo 'No Docker engine answers, so there is no image to build: bubblewrap is the sandbox (see make docker).'
    exit 0
fi
echo 'Building the image of the sandbox, unless it is there (about 130 MB, 10 to 30 seconds) ...'
"$1" -c '
import sandbox
try:
    with sandbox.open_sandbox("docker") as box:
        print("A sandbox opened from it:", box.backend)
except sandbox.SandboxError as error:
    raise SystemExit(f"image: {error}")
'
