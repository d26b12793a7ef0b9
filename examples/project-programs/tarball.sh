#!/usr/bin/env bash
# The project type "tarball": the content of a tar archive, from a URL or a path.
#
# Every machine fetches it by itself. The request on standard input is not read, because the environment has all of it.
set -euo pipefail

case $PROJECT_TYPE_OPERATION in
describe)
    cat <<'DESCRIPTION' | tr -d '\n'
{"result": {
"protocol": 1,
"name": "tarball",
"summary": "The content of a tar archive.",
"parameters": [
{"name": "source", "required": true, "help": "The URL or the absolute path of the archive."},
{"name": "strip", "default": "0", "help": "The number of leading folders to leave out."}
],
"operations": ["validate"]
}}
DESCRIPTION
    ;;
validate)
    case $PARAMETER_SOURCE in
    http://* | https://* | /*) echo '{"result": {}}' ;;
    *) echo '{"error": "The source of a tarball is an http or https URL, or an absolute path."}' ;;
    esac
    ;;
fetch)
    archive=$PARAMETER_SOURCE
    case $archive in
    http*)
        archive=$PROJECT_TYPE_WORKSPACE/.archive
        echo "Downloading $PARAMETER_SOURCE" >&2
        curl --fail --silent --show-error --location --max-time 600 --output "$archive" -- "$PARAMETER_SOURCE" || {
            echo '{"error": "The archive cannot be downloaded; the output of curl is above."}'
            exit 0
        }
        ;;
    esac
    tar --extract --file "$archive" --directory "$PROJECT_TYPE_WORKSPACE" --strip-components "$PARAMETER_STRIP" || {
        echo '{"error": "The archive cannot be unpacked; the output of tar is above."}'
        exit 0
    }
    rm -f "$PROJECT_TYPE_WORKSPACE/.archive"
    echo '{"result": {}}'
    ;;
*)
    echo '{"error": "This operation is unknown."}'
    ;;
esac
