#!/usr/bin/env bash
# usage: scripts/test-package.sh PROGRAM
#
# Installs the Debian package of a program in a clean Debian 12 and uses it there: builds on one machine, a cluster of a
# plain user, a cluster of the package's account, an upgrade under running services, removal and purge. Needs root, for
# chroot, and the mirror MIRROR. The clean system is kept for a month, in the folder CACHE.
set -euo pipefail

program=$(realpath "${1:?usage: scripts/test-package.sh PROGRAM}")
mirror=${MIRROR:-http://deb.debian.org/debian}
cache=${CACHE:-/var/cache/clusterrunner}
configuration=/etc/clusterrunner/clusterrunner.conf
services=/var/lib/clusterrunner

step() { printf 'test-package: %s (%s s)\n' "$1" "$SECONDS"; }

fail() {
    printf 'test-package: FAILED: %s\n' "$1" >&2
    exit 1
}

expect() {
    [[ $2 == "$3" ]] || fail "$1 is \"$2\"; it should be \"$3\"."
}

[[ $(id -u) == 0 ]] || fail "only root can install into a system of its own. Use sudo."
# The mounts and processes of the test end with it, however it ends.
[[ ${2:-} == --inside ]] ||
    exec unshare --mount --pid --fork --kill-child --mount-proc "$(realpath "$0")" "$program" --inside
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A file system in memory: an installation waits for the disk hundreds of times.
work=$(mktemp -d)
trap 'umount --lazy "$work"; rmdir "$work"' EXIT
mount -t tmpfs -o mode=755 tmpfs "$work"
root=$work/root
mkdir "$root" "$work/tmp"
export TMPDIR=$work/tmp

# MARK: The system

make_system() {
    local system=$cache/debian-12.tar
    if [[ -z $(find "$system" -mtime -30 2>/dev/null) ]]; then
        step "Making a clean Debian 12 from $mirror"
        debootstrap --variant=minbase bookworm "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
            fail "debootstrap: $(tail -n 5 "$work/debootstrap.log")"
        mkdir -p "$cache"
        tar -C "$root" --one-file-system -cf "$system.$$" . && mv "$system.$$" "$system"
    else
        tar -C "$root" -xf "$system"
    fi
    cp /etc/resolv.conf /etc/hosts "$root/etc"
    mount -t proc proc "$root/proc"
    mount --rbind --make-rslave /dev "$root/dev"
    inside useradd --create-home --shell /bin/bash tester
}

# Runs a command in the system as root, with no variable of this one.
inside() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# Runs a script there as a user, in a network of its own: usage as USER HOME SCRIPT.
as() {
    nsenter --net="/proc/$network/ns/net" chroot --userspec="$1:$1" --groups="$1" "$root" /usr/bin/env -i \
        PATH=/usr/bin:/bin HOME="$2" LC_ALL=C.UTF-8 bash -euo pipefail -c "cd; $3"
}

make_network() {
    exec {holder}< <(exec unshare --net sh -c 'echo $$; exec sleep infinity')
    read -r network <&"$holder"
    nsenter --net="/proc/$network/ns/net" ip link set lo up
}

# Waits for a text in the log of a service.
wait_for() {
    timeout 120 grep -q -m 1 "$2" <(tail -n +1 -F "$work/$1.log" 2>/dev/null) ||
        fail "$1 did not print \"$2\" within two minutes: $(cat "$work/$1.log")"
}

# Starts a service as a user: usage start USER HOME NAME ARGUMENTS.
start() {
    rm -f "$work/$3.log"
    as "$1" "$2" "exec clusterrunner $4" >"$work/$3.log" 2>&1 &
}

# MARK: The steps

install_package() {
    step "Installing $(basename "$1")"
    cp "$1" "$root/tmp/clusterrunner.deb"
    inside sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends /tmp/clusterrunner.deb" \
        >"$work/install.log" 2>&1 || fail "the installation: $(tail -n 20 "$work/install.log")"
}

replace_package() {
    cp "$1" "$root/tmp/clusterrunner.deb"
    inside dpkg -i /tmp/clusterrunner.deb >"$work/install.log" 2>&1 || fail "dpkg: $(cat "$work/install.log")"
}

check_files() {
    step "Looking at what is installed"
    local file library
    for file in usr/bin/clusterrunner lib/systemd/system/clusterrunner-master.service \
        lib/systemd/system/clusterrunner-slave.service usr/share/man/man1/clusterrunner.1.gz \
        usr/share/man/man1/clusterrunner-build.1.gz usr/share/man/man5/clusterrunner.conf.5.gz \
        usr/share/bash-completion/completions/clusterrunner usr/share/zsh/vendor-completions/_clusterrunner \
        usr/share/fish/vendor_completions.d/clusterrunner.fish usr/share/doc/clusterrunner/copyright \
        usr/share/doc/clusterrunner/clusterrunner.conf.example; do
        [[ -s $root/$file ]] || fail "/$file is missing or empty."
    done
    expect "the list of libraries that are missing" "$(inside ldd /usr/bin/clusterrunner | grep 'not found' || true)" ""
    for library in $(inside ldd /usr/bin/clusterrunner | awk '/=>/ { print $3 }'); do
        [[ $library == /lib/* || $library == /usr/lib/* ]] || fail "the program loads $library."
        inside sh -c "dpkg -S '$library' || dpkg -S '/usr$library'" >/dev/null 2>&1 ||
            fail "$library is in no package."
    done
    expect "the owner of $configuration" "$(inside stat -c '%U:%G %a' $configuration)" "root:clusterrunner 640"
    expect "the owner of $services" "$(inside stat -c '%U:%G %a' $services)" "clusterrunner:clusterrunner 755"
    [[ $(secret) =~ ^[0-9a-f]{64}$ ]] || fail "the secret of $configuration is \"$(secret)\"."
    expect "what dpkg says of changed files" "$(inside dpkg --verify clusterrunner)" ""
    inside bash -c '. /usr/share/bash-completion/completions/clusterrunner && complete -p clusterrunner' >/dev/null ||
        fail "bash does not take the completions."
}

secret() { sed -n 's/^secret = //p' "$root$configuration"; }

# The pages of the manual have to be free of faults, which only a formatter finds.
check_manual() {
    command -v groff >/dev/null || return 0
    local page
    for page in "$root"/usr/share/man/man?/clusterrunner*; do
        expect "what groff says of $(basename "$page")" "$(zcat "$page" | groff -man -Tutf8 -ww -z 2>&1)" ""
    done
}

check_units() {
    command -v systemd-analyze >/dev/null || return 0
    step "Checking the units of systemd"
    local unit output
    for unit in master slave; do
        # The program lies elsewhere on this machine.
        sed "s|^ExecStart=/usr/bin/clusterrunner|ExecStart=$program|" \
            "$root/lib/systemd/system/clusterrunner-$unit.service" >"$work/clusterrunner-$unit.service"
        output=$(systemd-analyze verify --man=no "$work/clusterrunner-$unit.service" 2>&1 |
            grep "clusterrunner-$unit" || true)
        expect "what systemd-analyze says of clusterrunner-$unit.service" "$output" ""
    done
}

write_project() {
    as tester /home/tester "mkdir project && cat >project/clusterrunner.yaml" <<'END'
good:
  commands:
    - echo "$NUMBER on $(id -un)" | tee "$ARTIFACT_DIR/note"
  atomizers:
    - NUMBER: seq 6
bad:
  commands:
    - test "$NUMBER" != 2
  atomizers:
    - NUMBER: seq 3
END
}

# Builds the project as the plain user: usage build JOB CODE OPTIONS, with the result in build_results.
build() {
    local code=0
    as tester /home/tester "cd project && ${3-} clusterrunner build --job-name $1 ${4-}" >"$work/build.log" 2>&1 ||
        code=$?
    [[ $code == "$2" ]] || fail "the build of $1 ended with $code instead of $2: $(cat "$work/build.log")"
}

# Checks that six atoms ran as a user.
check_results() {
    local notes
    notes=$(cat "$root"/home/tester/project/build_results/artifact_*/note | sort)
    expect "the artifacts of the build" "$notes" "$(for number in 1 2 3 4 5 6; do echo "$number on $1"; done)"
}

build_alone() {
    step "Building on one machine, as a plain user"
    expect "the version" "$(as tester /home/tester 'clusterrunner --version' | cut -d ' ' -f 1)" "${version%+*}"
    build good 0
    check_results tester
    build bad 1
    expect "the failures" "$(wc -l <"$root/home/tester/project/build_results/failures.txt")" 1
}

build_on_cluster() {
    step "Building on a master and a slave of a plain user"
    start tester /home/tester master "master"
    wait_for master "The master listens on"
    start tester /home/tester slave "slave --num-executors 2 --verbose"
    wait_for slave "Connected to the master"
    build good 0 "" "--cluster --upload"
    check_results tester
    as tester /home/tester "clusterrunner stop" >/dev/null || fail "the services did not stop."
}

start_services() {
    start clusterrunner $services master "master --config-file $configuration"
    wait_for master "The master listens on"
    start clusterrunner $services slave "slave --config-file $configuration --verbose"
    wait_for slave "Connected to the master"
}

stop_services() {
    as clusterrunner $services "clusterrunner stop --config-file $configuration" >/dev/null ||
        fail "the services did not stop."
}

build_on_services() {
    build good 0 "CLUSTERRUNNER_SECRET=$(secret)" "--cluster --upload"
    check_results clusterrunner
}

upgrade() {
    step "Upgrading under running services of the package's account"
    # As an administrator would.
    sed -i 's/^# num_executors = .*/num_executors = 2/' "$root$configuration"
    start_services
    build_on_services
    local before
    before=$(md5sum "$root$configuration")
    replace_package "$1"
    expect "the version that dpkg has" "$(inside dpkg-query -W -f '${Version}' clusterrunner)" "$version+1"
    expect "the configuration" "$(md5sum "$root$configuration")" "$before"
    expect "the owner of $configuration" "$(inside stat -c '%U:%G %a' $configuration)" "root:clusterrunner 640"
    # The services that ran before go on, and those of the new package take over what they have.
    build_on_services
    stop_services
    start_services
    expect "the builds of the master" "$(as tester /home/tester \
        "CLUSTERRUNNER_SECRET=$(secret) clusterrunner status --json" |
        python3 -c 'import json, sys; print([build["id"] for build in json.load(sys.stdin)["builds"]])')" "[1, 2]"
    build_on_services
    stop_services
}

remove_and_purge() {
    step "Removing and purging"
    local before
    before=$(md5sum "$root$configuration")
    inside dpkg --remove clusterrunner >"$work/remove.log" 2>&1 || fail "dpkg: $(cat "$work/remove.log")"
    [[ ! -e $root/usr/bin/clusterrunner ]] || fail "the program is left after the removal."
    [[ -d $root$services/master ]] || fail "the results are gone after the removal."
    expect "the configuration after the removal" "$(md5sum "$root$configuration")" "$before"
    replace_package "$1"
    expect "the configuration after a new installation" "$(md5sum "$root$configuration")" "$before"
    touch "$root/etc/clusterrunner/own-certificate.pem"
    inside dpkg --purge clusterrunner >"$work/remove.log" 2>&1 || fail "dpkg: $(cat "$work/remove.log")"
    rm "$root/tmp/clusterrunner.deb"
    expect "what is left after the purge" \
        "$(cd "$root" && find . -xdev -iname '*clusterrunner*' -not -path './home/*' -o -name own-certificate.pem)" \
        $'./etc/clusterrunner\n./etc/clusterrunner/own-certificate.pem'
    expect "the accounts after the purge" "$(grep -h clusterrunner "$root"/etc/{passwd,group} || true)" ""
}

# The packages are unpacked at once: nothing is gained by their compression.
export DPKG_DEB_COMPRESSOR_TYPE=none
step "Making the package and its successor"
package=$(scripts/build-package.sh "$program" "$work/packages" 2>/dev/null) || fail "the package cannot be built."
next=$(scripts/build-package.sh "$program" "$work/packages" +1 2>/dev/null) || fail "the package cannot be built."
version=$(dpkg-deb --field "$package" Version)
make_system
make_network
install_package "$package"
check_files
check_manual
check_units
write_project
build_alone
build_on_cluster
upgrade "$next"
remove_and_purge "$next"
step "$(basename "$package") can be installed, used, upgraded and removed"
