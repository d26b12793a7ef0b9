/// The script that a container runs.
///
/// It restores encoded variables, enters the directory, and runs the command of the job under the shell that runs it on
/// a machine: `bash` if the image has it, otherwise `sh`, with `pipefail` where that exists. It stays the first process
/// of the container, which collects the exit status of orphans; a command in its place would not get TERM, because the
/// system spares the first process of a container from signals that it does not handle.
enum ContainerScript {
    /// The text; its arguments are flags, the encoded directory, the command, and the names of encoded variables.
    ///
    /// Flags: `e` for `errexit`, `c` for standard error in the same file as standard output, whose order is then kept.
    /// Messages of this shell about signals go nowhere, as they come from no shell outside of containers. Some shells write
    /// them to the standard error of the command, unless a subshell has it.
    static let text = """
        clusterrunner_flags=$1 clusterrunner_place=$(printf %b. "$2") clusterrunner_command=$3
        shift 3
        for clusterrunner_name do
            eval "clusterrunner_value=\\$\(ContainerVariables.prefix)$clusterrunner_name"
            clusterrunner_value=$(printf %b. "$clusterrunner_value")
            export "$clusterrunner_name=${clusterrunner_value%.}"
            unset "\(ContainerVariables.prefix)$clusterrunner_name"
        done
        cd -- "${clusterrunner_place%.}" || exit 126
        unset OLDPWD
        clusterrunner_shell=
        for clusterrunner_name in /bin/bash /usr/bin/bash "$(command -v bash)"; do
            if [ -x "$clusterrunner_name" ]; then clusterrunner_shell=$clusterrunner_name; break; fi
        done
        if [ -n "$clusterrunner_shell" ]; then set -- "$clusterrunner_shell" -o pipefail
        elif (set -o pipefail) 2> /dev/null; then set -- /bin/sh -o pipefail
        else set -- /bin/sh
        fi
        case $clusterrunner_flags in *e*) set -- "$@" -e ;; esac
        case $clusterrunner_flags in *c*) exec 3>&1 ;; *) exec 3>&2 ;; esac
        exec 2> /dev/null
        (exec "$@" -c -- "$clusterrunner_command" 2>&3 3>&-)
        exit $?
        """
}
