extension ShellName {
    /// The owner of a variable that jobs cannot set.
    enum Owner: Sendable, Equatable {
        /// The shell sets it at its start, computes it on reading, or interprets its value itself.
        case shell
        /// ClusterRunner passes information to commands in it.
        case clusterRunner

        /// The reason why a name cannot be used, for the end of a sentence.
        var claim: String {
            switch self {
            case .shell: "which belongs to the shell, so that commands would not see its value"
            case .clusterRunner: "which ClusterRunner sets"
            }
        }
    }

    /// Returns the owner of a name; nil if a job may use it.
    ///
    /// Atomizers have fewer names to choose from than `environment`, which may set variables that the shell reads.
    /// With `isBatch` the names of the lists of atoms are taken, too.
    static func owner(of name: String, isAtom: Bool, isBatch: Bool = false) -> Owner? {
        if isBatch, ofBatches.contains(name) { return .clusterRunner }
        if own.contains(name) || name.hasPrefix("CLUSTERRUNNER_") { return .clusterRunner }
        if shell.contains(name) || (isAtom && readByShell.contains(name)) { return .shell }
        return nil
    }

    /// Returns the names that have an owner, without those that begin with `CLUSTERRUNNER_`.
    static func reserved(isAtom: Bool) -> Set<String> {
        own.union(shell).union(isAtom ? readByShell : [])
    }

    private static let own: Set = [
        "PROJECT_DIR", "ARTIFACT_DIR", "ATOM_ID", "EXECUTOR_INDEX", "MACHINE_EXECUTOR_INDEX", "BUILD_EXECUTOR_INDEX",
    ]

    /// Names that are ClusterRunner's only in jobs with `batch`, so that older jobs keep them.
    private static let ofBatches: Set = ["ATOMS", "ATOMS_FILE"]

    /// Variables that `bash` 3.2 to 5.3 or `dash` replaces, computes, unsets or protects from changes.
    ///
    /// Determined by starting both with each name of bash's manual in their environment; `UID` and similar names pass
    /// through in some versions only.
    private static let shell: Set = [
        "_", "BASH", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_CMDS",
        "BASH_COMMAND", "BASH_EXECUTION_STRING", "BASH_LINENO", "BASH_MONOSECONDS", "BASH_REMATCH", "BASH_SOURCE",
        "BASH_SUBSHELL", "BASH_TRAPSIG", "BASH_VERSINFO", "BASH_VERSION", "COMP_WORDBREAKS", "DIRSTACK",
        "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "IFS", "LINENO", "OLDPWD", "OPTERR",
        "OPTIND", "PIPESTATUS", "PPID", "PS1", "PS2", "PWD", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM",
        "UID",
    ]

    /// Variables that a shell reads: a file that it runs first, and variables that it drops when it runs as root.
    private static let readByShell: Set = ["BASH_COMPAT", "BASH_ENV", "BASH_XTRACEFD", "POSIXLY_CORRECT", "PS4"]
}
