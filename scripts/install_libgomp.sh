#!/bin/sh
# Sees to the one library of the system that no wheel brings: OpenMP's, for the embedded language model.
#
# Argument: the Python that has to find it. Where it cannot be installed this says so, and succeeds: all
# else works without.
set -eu
. scripts/debian.sh

finds_it() {
    "$1" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null
}

if [ "$(uname -s)" != Linux ] || finds_it "$1"; then exit 0; fi
if is_root && is_debian; then
    echo 'Installing libgomp1 from Debian, for the embedded language model (less than 1 MB) ...'
    install_packages libgomp1 || echo "apt-get could not install it (see $apt_log)."
fi
finds_it "$1" ||
    echo 'The embedded language model needs libgomp.so.1. On Debian, as root: apt-get install libgomp1'
