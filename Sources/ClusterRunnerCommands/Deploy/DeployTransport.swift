import ClusterRunnerPlugin

/// The way to run a shell script on a host: ssh, or a shell of this machine.
struct DeployTransport: Sendable {
    /// The values of `--ssh-option`, as `ssh -o` takes them.
    var options: [String] = []
    /// Whether ssh may ask for a password, or whether a new host key is right, in the terminal.
    var isInteractive = false

    /// The options for a host that does not answer; earlier ones of the user win.
    private static let patience = ["ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3"]

    /// Returns the words of the command that runs a script on a host.
    func words(_ script: DeployScript, on host: DeployHost) -> [String] {
        if host.isLocal { return ["/bin/sh", "-c", script.text] }
        return ssh(host) + ["-T", "--", host.host, "exec /bin/sh -c '\(script.text)'"]
    }

    /// Returns the words of the command that prints how ssh understands a host.
    func inquiry(_ host: DeployHost) -> [String] { ssh(host) + ["-G", "--", host.host] }

    private func ssh(_ host: DeployHost) -> [String] {
        let batch = isInteractive ? [] : ["BatchMode=yes"]
        let user = host.user.map { ["-l", $0] } ?? []
        let port = host.port.map { ["-p", "\($0)"] } ?? []
        return ["ssh"] + (options + batch + Self.patience).flatMap { ["-o", $0] } + user + port
    }
}

/// A script for the shell of a host.
///
/// It has one line, no single quotes and no exclamation marks, so that it is one quoted word in every login shell, csh
/// and fish too.
struct DeployScript: Sendable, Equatable {
    let text: String

    /// The directory of a deployment on a host.
    static let directory = #""$HOME/.clusterrunner/deploy""#
    /// The name of the program in it.
    static let program = "clusterrunner"
    /// The name of the configuration in it.
    static let configuration = "clusterrunner.conf"

    private init(_ parts: String...) { text = parts.joined(separator: "; ") }

    /// Prints the system, the processor, the digest of the installed program, and the end.
    static let probe = Self(
        "uname -s",
        "uname -m",
        "sha256sum \(directory)/\(program) 2>/dev/null | cut -c1-64",
        "echo end"
    )

    /// Takes the program from the standard input, and installs it if it has its size and runs.
    ///
    /// The running program keeps its file, because the new one gets the name by a rename.
    static func install(size: Int) -> Self {
        Self(
            "set -eu; LC_ALL=C; export LC_ALL; umask 077; mkdir -p \(directory); cd \(directory)",
            #"new=new-program-$$; trap "rm -f $new" EXIT; trap "exit 1" HUP INT TERM"#,
            #"cat > $new; [ "$(wc -c < $new)" -eq \#(size) ] || { echo "incomplete" >&2; exit 1; }"#,
            "chmod 755 $new; ./$new --version; mv -f $new \(program)"
        )
    }

    /// Takes the configuration from the standard input.
    static let configure = Self(
        "set -eu; LC_ALL=C; export LC_ALL; umask 077; mkdir -p \(directory); cd \(directory)",
        #"new=new-configuration-$$; trap "rm -f $new" EXIT; trap "exit 1" HUP INT TERM"#,
        "cat > $new; mv -f $new \(configuration)"
    )

    /// Runs the installed program with its configuration.
    static func run(_ arguments: [String], hostname: String? = nil) -> Self {
        let words = arguments.map { "\"\($0)\"" }.joined(separator: " ")
        let name = hostname.map { "CLUSTERRUNNER_HOSTNAME=\"\($0)\" " } ?? ""
        return Self(
            "cd \(directory) || exit 2",
            #"\#(name)exec ./\#(program) \#(words) --config-file "$PWD/\#(configuration)""#
        )
    }
}
