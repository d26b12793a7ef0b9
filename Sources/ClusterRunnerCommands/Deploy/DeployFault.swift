import ClusterRunnerPlugin
import Foundation

/// The sentence about a step that failed on a host.
struct DeployFault: Sendable {
    let host: DeployHost
    let end: ToolProcess.End

    /// The exit code of ssh itself.
    private static let ownCode: Int32 = 255

    /// Returns the sentence.
    var sentence: String {
        let isOfSSH = end.code == Self.ownCode && !host.isLocal
        return isOfSSH ? connectionSentence : stepSentence
    }

    /// The end of a text in the error that begins with another, on its line.
    private func rest(after text: String) -> String? {
        guard let range = end.error.range(of: text) else { return nil }
        return String(end.error[range.upperBound...].prefix { !$0.isNewline })
    }

    private func has(_ texts: String...) -> Bool { texts.contains { end.error.contains($0) } }

    // MARK: ssh

    private var connectionSentence: String {
        let login = host.user.map { "\($0)@\(host.host)" } ?? host.host
        if has("Could not resolve hostname") {
            return "the name \(host.host) cannot be resolved. Check its spelling, or the configuration of ssh."
        }
        if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return "its host key is not the one of known_hosts. If the host was installed anew, remove the old key "
                + "with: ssh-keygen -R \(host.host)"
        }
        if has("Host key verification failed", "host key is known for") {
            return "its host key is not known. Check and accept it once with: ssh \(login)"
        }
        if has("Permission denied") {
            return "it refuses the login with the keys of this account. Allow one with: ssh-copy-id \(login)"
        }
        if has("Connection refused") { return "nothing listens on its ssh port. Start sshd there, or name its port." }
        if has("Connection timed out", "No route to host", "Network is unreachable", "Operation timed out") {
            return "it cannot be reached. Check that it is up, and its network. ssh says: \(lastLine)"
        }
        return "ssh could not work with it: \(lastLine)"
    }

    // MARK: The host

    private var stepSentence: String {
        if has("No space left on device", "Disk quota exceeded") {
            return "there is no room for the program in ~/.clusterrunner. Make room there, and deploy again."
        }
        if let library = rest(after: "error while loading shared libraries: ") {
            let name = library.prefix { $0 != ":" }
            return "the program cannot run there, because the library \(name) is missing. Install it; "
                + "docs/how-to/install.md names the packages."
        }
        if let version = rest(after: "version `"), has("not found") {
            return "the program cannot run there, because a system library is older than "
                + "\(version.prefix { $0 != "'" }). Deploy a program that was built on the oldest system."
        }
        if has("Exec format error") { return "the program cannot run there: it is for another processor or system." }
        if has("incomplete") { return "the connection ended before the program was copied. Deploy again." }
        if has("Read-only file system", "Permission denied") {
            return "its home directory cannot be written: \(lastLine)"
        }
        return lastLine
    }

    /// The last line that was printed, as a sentence.
    var lastLine: String {
        ToolProcess.lastLine(of: end.output + "\n" + end.error)
            ?? "a step ended with exit code \(end.code), and said nothing."
    }
}
