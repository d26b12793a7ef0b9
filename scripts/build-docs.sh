#!/usr/bin/env bash
# usage: scripts/build-docs.sh OUTPUT MODULE...
#
# Builds the API documentation of the named modules as one static site, with the docc of the Swift toolchain.
# A warning, such as a link to a symbol that does not exist, is a failure.
set -euo pipefail

output=${1:?usage: scripts/build-docs.sh OUTPUT MODULE...}
shift
command -v docc >/dev/null || {
    echo "build-docs: docc was not found; it is part of the Swift toolchain: put its bin directory on PATH." >&2
    exit 1
}

swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >/dev/null
graphs=$(swift build --show-bin-path)/../symbolgraph

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

archives=()
for module in "$@"; do
    mkdir -p "$scratch/$module.symbols"
    # MODULE@OTHER.symbols.json holds what the module adds to other modules' types.
    find "$graphs/" -name "$module.symbols.json" -exec cp {} "$scratch/$module.symbols/" \;
    find "$graphs/" -name "$module@*.symbols.json" -exec cp {} "$scratch/$module.symbols/" \;
    [[ -f $scratch/$module.symbols/$module.symbols.json ]] || {
        echo "build-docs: the package has no module $module." >&2
        exit 1
    }
    catalogue=Sources/$module/$module.docc
    [[ -d $catalogue ]] || catalogue=
    docc convert ${catalogue:+"$catalogue"} \
        --additional-symbol-graph-dir "$scratch/$module.symbols" \
        --fallback-display-name "$module" \
        --fallback-bundle-identifier "$module" \
        --transform-for-static-hosting \
        --warnings-as-errors \
        --output-path "$scratch/$module.doccarchive"
    archives+=("$scratch/$module.doccarchive")
done

rm -rf "$output"
mkdir -p "$(dirname "$output")"
docc merge "${archives[@]}" --synthesized-landing-page-name ClusterRunner \
    --output-path "$output"
echo "The documentation is in $output; serve it with: python3 -m http.server --directory $output"
