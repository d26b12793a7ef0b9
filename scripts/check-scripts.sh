#!/usr/bin/env bash
# usage: scripts/check-scripts.sh FILE...
#
# Checks that shell and Python scripts parse, are executable, and that the shell ones stop at the first error.
set -euo pipefail

faults=0
fault() {
    printf 'check-scripts: %s\n' "$1" >&2
    faults=$((faults + 1))
}

for file in "$@"; do
    [[ -x $file ]] || fault "$file is not executable."
    if [[ $file == *.py ]]; then
        python3 - "$file" <<<'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' ||
            fault "$file does not parse."
        continue
    fi
    bash -n "$file" || fault "$file does not parse."
    grep -q '^set -euo pipefail$' "$file" || fault "$file lacks \"set -euo pipefail\"."
done

echo "check-scripts: $# scripts checked, $faults faults."
((faults == 0))
