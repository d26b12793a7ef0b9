#!/usr/bin/env bash
# usage: scripts/setup.sh run|install|package|test
#
# Checks Swift and installs the system packages that are missing: those to build and run ("run"), and in addition
# those of `make install` ("install"), those that make and test the Debian package ("package"), or those that the tests
# and examples use ("test"), with axe-core. Touches nothing, and needs no network, when all are there.
set -euo pipefail

purpose=${1:?usage: scripts/setup.sh run|install|package|test}
swift_wanted=6.2

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

check_swift() {
    command -v swift >/dev/null ||
        fail "swift was not found; install Swift $swift_wanted or newer from https://www.swift.org/install and put it on PATH."
    local found
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*[0-9]\).*/\1/p' | head -n 1)
    [[ -n $found ]] || fail "\"swift --version\" does not tell a version; Swift $swift_wanted or newer is needed."
    [[ $(printf '%s\n' "$swift_wanted" "$found" | sort -V | head -n 1) == "$swift_wanted" ]] ||
        fail "Swift $found is too old; Swift $swift_wanted or newer is needed (https://www.swift.org/install)."
}

# Checks for a development library, with dpkg if pkg-config itself is missing.
has_library() {
    if command -v pkg-config >/dev/null; then
        pkg-config --exists "$1"
    else
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null) == installed ]]
    fi
}

missing_packages() {
    command -v pkg-config >/dev/null || echo pkg-config
    local entry
    for entry in libgit2:libgit2-dev libcrypto:libssl-dev yaml-0.1:libyaml-dev libarchive:libarchive-dev \
        sqlite3:libsqlite3-dev libxml-2.0:libxml2-dev; do
        has_library "${entry%%:*}" "${entry#*:}" || echo "${entry#*:}"
    done
    [[ $purpose != run ]] || return 0
    # Makes the manual pages.
    command -v python3 >/dev/null || echo python3
    command -v strip >/dev/null || echo binutils
    case $purpose in
    package) missing_for_package ;;
    test) missing_for_tests ;;
    esac
}

missing_for_package() {
    command -v dpkg-shlibdeps >/dev/null || echo dpkg-dev
    # Make the clean system of the package's test, and the network of its services.
    command -v debootstrap >/dev/null || echo debootstrap
    command -v ip >/dev/null || echo iproute2
    command -v nsenter >/dev/null || echo util-linux
}

missing_for_tests() {
    command -v git >/dev/null || echo git
    command -v hg >/dev/null || echo mercurial
    # Debian splits the standard library: a python3 without these modules cannot make the virtual environment
    # that examples/pytest-project uses.
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    # Reads the sources of the OpenAPI documents.
    python3 -c 'import yaml' 2>/dev/null || echo python3-yaml
    # The commands of documents, and the runners of their recipes.
    command -v pytest >/dev/null || echo python3-pytest
    command -v bats >/dev/null || echo bats
    command -v cmake >/dev/null || echo cmake
    command -v node >/dev/null || echo nodejs
    command -v curl >/dev/null || echo curl
    command -v openssl >/dev/null || echo openssl
    # Tests have files in Git LFS.
    command -v git-lfs >/dev/null || echo git-lfs
    # And they fetch through a proxy.
    command -v tinyproxy >/dev/null || echo tinyproxy-bin
    # The server of tests that fetch over ssh.
    [[ -x /usr/sbin/sshd ]] || echo openssh-server
    # Shows the dashboard to its tests.
    command -v chromium >/dev/null || echo chromium
    # Runs containers of a small image for tests; runc where crun does not know the control groups of the machine.
    command -v podman >/dev/null || echo podman
    command -v runc >/dev/null || echo runc
    command -v newuidmap >/dev/null || echo uidmap
    command -v busybox >/dev/null || echo busybox-static
    # Scrapes a master for the check of examples/monitoring; its package has promtool, too.
    command -v prometheus >/dev/null || echo prometheus
}

install_packages() {
    local packages=("$@") as_root=()
    command -v apt-get >/dev/null ||
        fail "this system has no apt-get; install the equivalents of these Debian packages yourself: ${packages[*]}."
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null ||
            fail "these packages are missing, and neither root nor sudo is available to install them: ${packages[*]}."
        as_root=(sudo)
    fi
    echo "setup: installing ${packages[*]}"
    # A broken third-party source must not stop the script: the installation below fails if it matters.
    "${as_root[@]}" apt-get update -qq </dev/null || echo "setup: apt-get update failed; trying to go on." >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null ||
        fail "apt-get could not install: ${packages[*]}."
}

# Installs axe-core, which looks for barriers in the pages of the dashboard, into a virtual environment of .build.
install_axe() {
    local here environment
    here=$(dirname "${BASH_SOURCE[0]}")
    environment=$here/../.build/axe
    ! cmp -s "$here/axe-requirements.txt" "$environment/requirements.txt" || return 0
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --requirement "$here/axe-requirements.txt" || fail "axe-core could not be installed from PyPI."
    cp "$here/axe-requirements.txt" "$environment/requirements.txt"
}

check_swift
mapfile -t missing < <(missing_packages)
if ((${#missing[@]})); then
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || fail "still missing after the installation: ${missing[*]}."
fi
[[ $purpose != test ]] || install_axe
