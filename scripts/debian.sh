# shellcheck shell=sh
# Sourced by the other scripts: whether packages of Debian may be installed here, and how.

apt_log=/var/log/funsearch-apt.log

is_root() {
    [ "$(id -u)" = 0 ]
}

is_debian() { # or one of its family
    (. /etc/os-release && case " $ID ${ID_LIKE:-} " in *' debian '*) ;; *) exit 1 ;; esac) 2>/dev/null
}

install_packages() { # PACKAGE...
    : >"$apt_log"
    apt_get update && apt_get install --yes --no-install-recommends "$@"
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" \
        </dev/null >>"$apt_log" 2>&1
}
