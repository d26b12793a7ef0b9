#!/usr/bin/env bash
# usage: make-repository.sh DIR
#
# Makes a git repository in DIR, which must not exist yet: three checks on the branch main, and a fourth on the branch
# more-checks.
set -euo pipefail

target=${1:?usage: make-repository.sh DIR}
project=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/project
[[ ! -e $target ]] || {
    echo "make-repository: $target exists already; name a directory that does not." >&2
    exit 1
}

mkdir -p "$target"
cp -R "$project/." "$target"
cd "$target"

commit() {
    git add --all
    git -c user.name=Example -c user.email=example@example.org -c commit.gpgsign=false commit --quiet -m "$1"
}

git init --quiet
git symbolic-ref HEAD refs/heads/main
commit "Check addition, sorting and text"

git checkout --quiet -b more-checks
cat >checks/dates.sh <<'CHECK'
#!/usr/bin/env bash
set -euo pipefail
test "$(date -u -d @0 +%Y)" = 1970
echo "Dates work."
CHECK
chmod +x checks/dates.sh
commit "Check dates, too"
git checkout --quiet main
