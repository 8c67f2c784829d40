#!/bin/sh
# Makes the virtual environment .venv with a Python of 3.11 or newer, unless a good one is there.
#
# Environment: PYTHON, the interpreter to use; where empty, the first that fits of those on the PATH.
set -eu
. scripts/debian.sh

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

can_make_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

find_python() {
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed; found $(python3 --version 2>&1 || echo 'no python3')." \
        'Install one, or name it: make PYTHON=/path/to/python3.12'
}

if is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=${PYTHON:-$(find_python)}
is_new_enough "$python" ||
    fail "PYTHON=$python is no Python of 3.11 or newer ($("$python" --version 2>&1 || true))"
if ! can_make_venv "$python" && [ "$(command -v "$python")" = /usr/bin/python3 ] && is_root && is_debian; then
    echo 'Installing python3-venv from Debian (a few MB) ...'
    install_packages python3-venv || true # the next line says what is missing
fi
can_make_venv "$python" ||
    fail "$python cannot make virtual environments. On Debian, as root: apt-get install python3-venv"

echo "Making .venv with $("$python" --version) ..."
"$python" -m venv --clear .venv
