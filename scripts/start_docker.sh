#!/bin/sh
# Brings up a Docker engine on Debian, as root; does nothing when one answers.
#
# start_docker.sh                  fails, with the reason, where no engine can be had
# start_docker.sh --or-bubblewrap  says in one line that bubblewrap serves instead, and succeeds
#
# The engine gets neither bridge nor iptables rules: the sandbox's containers have no network.
set -eu
. scripts/debian.sh

PATH=$PATH:/usr/sbin:/sbin
instead=${1:-}
log=/var/log/funsearch-dockerd.log
patience=60 # seconds that a new engine gets to answer; two are usual

give_up() {
    if [ "$instead" = --or-bubblewrap ]; then
        echo "No Docker engine: $*. Going on with bubblewrap as the sandbox."
        exit 0
    fi
    printf 'docker: %s\n' "$*" >&2
    exit 1
}

within() { # SECONDS COMMAND...
    if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

engine_answers() {
    within 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

install_engine() {
    echo 'Installing Docker from Debian (docker.io, about 70 MB to download, 1 to 2 minutes) ...'
    packages=docker.io
    # Where the kernel enforces AppArmor, an engine without its parser starts no container.
    if grep -qs Y /sys/module/apparmor/parameters/enabled; then packages="$packages apparmor"; fi
    # shellcheck disable=SC2086  # words of a list
    install_packages $packages
}

forget_stale_pid() { # FILE NAME: an engine refuses to start beside a number that another process has by now
    if [ -f "$1" ] && [ "$(cat "/proc/$(cat "$1")/comm" 2>/dev/null)" != "$2" ]; then rm -f "$1"; fi
}

launch_engine() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker >>"$log" 2>&1
        return
    fi
    forget_stale_pid /var/run/docker.pid dockerd
    forget_stale_pid /var/run/docker/containerd/containerd.pid containerd
    # Its own session and no descriptor of ours: the engine outlives make and holds up no pipe of it.
    setsid dockerd --iptables=false --bridge=none </dev/null >>"$log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
}

wait_for_engine() {
    waited=0
    while [ "$waited" -lt "$patience" ]; do
        if engine_answers; then return; fi
        sleep 1
        waited=$((waited + 1))
    done
    tail -n 5 "$log" >&2
    give_up "the engine did not answer within $patience s (its log: $log)"
}

if engine_answers; then
    if [ -z "$instead" ]; then echo 'A Docker engine answers; nothing to do.'; fi
    exit 0
fi
[ -z "${DOCKER_HOST:-}" ] || give_up "DOCKER_HOST=$DOCKER_HOST does not answer"
is_root || give_up 'none answers to this user, and only root may install and start one'
is_debian || give_up 'none answers, and it is installed by itself on Debian only'
if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    install_engine || give_up "apt-get could not install docker.io (see $apt_log)"
fi
echo 'Starting the Docker engine ...'
engine_answers || launch_engine || give_up "the engine could not be started (see $log)"
wait_for_engine
echo "The Docker engine answers (its log: $log)."
