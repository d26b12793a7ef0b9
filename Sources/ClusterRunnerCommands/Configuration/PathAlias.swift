import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A UTF-8 path to a directory whose own path is not UTF-8: a link in a directory of the user's own.
///
/// Home and base directories occur in many texts, such as settings, messages and the environment of commands.
enum PathAlias {
    /// Returns the path of the link to a directory, which is created if missing; a UTF-8 path is returned unchanged.
    static func text(of path: ByteString, in temporary: String = "/tmp") throws -> String {
        if let text = path.text { return text }
        makeDirectory(path)
        let directory = "\(temporary)/clusterrunner-\(geteuid())-names"
        guard try OpenFile.makeOwnDirectory(directory) else {
            throw ClusterRunnerError(
                .invalidState,
                "\"\(path)\" is not UTF-8, and \(directory), where a link to it would lie, is not a directory of user "
                    + "\(geteuid()) alone. Choose a directory whose name is UTF-8."
            )
        }
        let link = "\(directory)/\(name(of: path))"
        if symlink(path.cString, link) != 0, errno != EEXIST {
            throw SystemFault(errno).error("The link \(link) to \"\(path)\" cannot be made", code: .failed)
        }
        return link
    }

    /// Encodes bytes as a name: long ones are shortened to their end and a checksum.
    private static func name(of path: ByteString) -> String {
        let sum = path.bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let end = path.bytes.suffix(60).map { byte -> String in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber) ? String(character) : "_"
        }
        return String(sum, radix: 16) + "-" + end.joined()
    }

    private static func makeDirectory(_ path: ByteString) {
        guard mkdir(path.cString, 0o700) != 0, errno == ENOENT, path.names.count > 1 else { return }
        makeDirectory(path.parent)
        mkdir(path.cString, 0o700)
    }
}
