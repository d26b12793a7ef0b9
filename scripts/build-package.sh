#!/usr/bin/env bash
# usage: scripts/build-package.sh PROGRAM FOLDER [SUFFIX]
#
# Makes the Debian package of a program that was built, and prints its path. Its version is the one that the program
# tells, with a suffix such as "+1" for tests of an upgrade.
set -euo pipefail

program=$(realpath "${1:?usage: scripts/build-package.sh PROGRAM FOLDER [SUFFIX]}")
folder=${2:?} suffix=${3:-}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
version=$("$program" --version | cut -d ' ' -f 1)$suffix
architecture=$(dpkg --print-architecture)

ZSH_COMPLETIONS=zsh/vendor-completions scripts/install.sh "$program" "$root" /usr /etc
documents=$root/usr/share/doc/clusterrunner
rm "$documents/LICENSE"
install -m 644 packaging/debian/copyright "$documents/copyright"
mv "$documents/CHANGELOG.md" "$documents/changelog"
find "$root/usr/share/man" "$documents/changelog" -type f -exec gzip -9n {} +
install -d -m 755 "$root/etc/clusterrunner"

# The packages of the libraries that the program loads, with the versions that have all of its symbols.
dependencies() {
    mkdir -p "$work/source/debian"
    printf 'Source: clusterrunner\n\nPackage: clusterrunner\nArchitecture: any\n' >"$work/source/debian/control"
    (cd "$work/source" && dpkg-shlibdeps --warnings=0 -O "$root/usr/bin/clusterrunner") | sed -n 's/^shlibs:Depends=//p'
}

install -d "$root/DEBIAN"
depends=$(dependencies)
[[ -n $depends ]] || { echo "build-package: dpkg-shlibdeps found no dependencies of $program." >&2; exit 1; }

install -m 755 packaging/debian/{postinst,prerm,postrm} "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: clusterrunner
Version: $version
Architecture: $architecture
Maintainer: ClusterRunner maintainers <maintainers@clusterrunner.invalid>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: adduser, $depends
Recommends: ca-certificates, git
Suggests: git-lfs, openssh-client, podman | docker.io
Section: devel
Priority: optional
Description: runs one repository's test job on many machines at once
 A master fetches a project, lists the units of work of its job and hands them
 to slaves. Each slave runs the job's command once per unit. The master collects
 console output, exit codes, times and artifacts into one result.
 .
 The package has the program for masters, slaves and people, and units of
 systemd for the two services. It starts neither of them.
END
(cd "$root" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p "$folder"
package=$folder/clusterrunner_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" >&2
echo "$package"
