import Foundation

/// The first folder on a path that this process may not enter, or the end of the path that it may not read.
package struct PathObstacle: Sendable, Equatable, CustomStringConvertible {
    /// The folder or file.
    let path: ByteString
    /// Whether it is a folder above the end of the path.
    let isAbove: Bool
    /// Its permission bits.
    let mode: UInt32
    /// The id of its owner.
    let owner: UInt32
    /// The id of the user who may not.
    let user: UInt32

    /// Searches an absolute path from the root on; nil when all of it can be read, or is not there.
    package init?(to path: ByteString) {
        let names = path.names
        guard path.isAbsolute, !path.bytes.contains(0) else { return nil }
        for count in 0...names.count {
            let part = ByteString([UInt8(ascii: "/")] + ByteString(names: names.prefix(count)).bytes)
            var status = stat()
            guard stat(part.cString, &status) == 0 else { return nil }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            let needed = (count == names.count ? R_OK : 0) | (isFolder ? X_OK : 0)
            // Not the real user, as for every other access.
            guard faccessat(AT_FDCWD, part.cString, needed, AT_EACCESS) != 0 else { continue }
            guard errno == EACCES else { return nil }
            self.path = part
            isAbove = count < names.count
            (mode, owner, user) = (status.st_mode & 0o7777, status.st_uid, Self.currentUser)
            return
        }
        return nil
    }

    /// A clause such as `the user "ci" (1000) may not enter "/srv/x", which has the mode 700 and belongs to "root" (0)`.
    package var description: String {
        "the user \(Self.account(user)) may not \(isAbove ? "enter" : "read") \"\(path)\", which has the mode "
            + "\(String(mode, radix: 8)) and belongs to \(Self.account(owner))"
    }

    /// The user whose rights decide: that of the thread, which may act for another one.
    private static var currentUser: UInt32 {
        let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("Uid:") }
        return line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt32($0) } ?? geteuid()
    }

    private static func account(_ id: UInt32) -> String {
        guard let name = getpwuid(id)?.pointee.pw_name else { return "\(id)" }
        return "\"\(String(cString: name))\" (\(id))"
    }
}
