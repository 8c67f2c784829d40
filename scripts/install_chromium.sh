#!/bin/sh
# Sees to a browser for the tests of the web page: Chromium of Debian, as root; does nothing where there is one.
set -eu
. scripts/debian.sh

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if ! is_root || ! is_debian; then
    echo 'The tests of the web page need Chromium. On Debian, as root: apt-get install chromium' >&2
    exit 1
fi
echo 'Installing Chromium from Debian, for the tests of the web page (about 100 MB to download) ...'
install_packages chromium || {
    echo "apt-get could not install it (see $apt_log)." >&2
    exit 1
}
