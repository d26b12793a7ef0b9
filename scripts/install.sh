#!/usr/bin/env bash
# usage: scripts/install.sh PROGRAM DESTDIR PREFIX SYSCONFDIR
#
# Installs a program that was built, stripped, with its manual pages, completions, example configuration and units of
# systemd, under PREFIX below DESTDIR. The units read their configuration from SYSCONFDIR.
set -euo pipefail

program=${1:?usage: scripts/install.sh PROGRAM DESTDIR PREFIX SYSCONFDIR}
destdir=${2?} prefix=${3:?} sysconfdir=${4:?}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$destdir$prefix

fail() {
    printf 'install: %s\n' "$1" >&2
    exit 1
}

# The libraries that are in no package of the system, such as those of an unpacked Swift.
check_libraries() {
    local foreign
    foreign=$(ldd "$1" | awk '/=> not found/ || ($3 ~ /^\// && $3 !~ /^\/(usr\/)?lib/) { print $1 }')
    [[ -z $foreign ]] ||
        fail "$1 needs libraries that other machines do not have: ${foreign//$'\n'/, }. Build it with --static-swift-stdlib."
}

completions() {
    local file=$root/share/$2
    install -d "$(dirname "$file")"
    HOME=/nonexistent "$program" completions "$1" >"$file"
    chmod 644 "$file"
}

[[ -x $program ]] || fail "there is no program $program; make release builds it."
[[ $prefix == /* && $sysconfdir == /* ]] || fail "PREFIX is $prefix and SYSCONFDIR $sysconfdir; both must be absolute paths."
check_libraries "$program"

install -D -m 755 "$program" "$root/bin/clusterrunner"
strip "$root/bin/clusterrunner"

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
scripts/build-manual.py "$program" "$pages"
install -d "$root/share/man/man1" "$root/share/man/man5"
install -m 644 "$pages"/*.1 "$root/share/man/man1"
install -m 644 "$pages"/*.5 "$root/share/man/man5"

completions bash bash-completion/completions/clusterrunner
completions zsh "${ZSH_COMPLETIONS:-zsh/site-functions}/_clusterrunner"
completions fish fish/vendor_completions.d/clusterrunner.fish

install -D -m 644 clusterrunner.conf.example "$root/share/doc/clusterrunner/clusterrunner.conf.example"
install -m 644 LICENSE README.md CHANGELOG.md "$root/share/doc/clusterrunner"

install -d "$root/lib/systemd/system"
for unit in packaging/systemd/*.service.in; do
    installed=$root/lib/systemd/system/$(basename "$unit" .in)
    sed -e "s|@BINDIR@|$prefix/bin|" -e "s|@SYSCONFDIR@|$sysconfdir|" "$unit" >"$installed"
    chmod 644 "$installed"
done
