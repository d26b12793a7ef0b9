import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import GitProjectType

/// A walk through a folder: the files, links and empty directories that belong to the project.
///
/// A directory of which nothing else is sent counts as empty.
struct FolderWalk {
    private let folder: ByteString
    /// The rules of the folder, and those of repositories in it, the innermost last.
    private var rules: [(path: ByteString, rules: IgnoreRules)]
    private let respectsRules: Bool
    /// The directories that are no part of the project.
    private let foreign: [FileStatus.Identity]
    private var found: [Item] = []
    private(set) var notes: [String] = []
    private var omitted: [String: (count: Int, example: ByteString)] = [:]

    init(_ folder: ByteString, rules: IgnoreRules?, without foreign: [ByteString]) {
        self.folder = folder
        self.rules = rules.map { [(ByteString(""), $0)] } ?? []
        respectsRules = rules != nil
        self.foreign = foreign.compactMap { FileStatus(path: $0)?.identity }
    }

    /// A file, link or empty directory.
    struct Item {
        let path: ByteString
        let kind: Kind

        enum Kind {
            case file(permissions: UInt32)
            case link(ByteString)
            case emptyDirectory

            var ofTree: TreeEntry.Kind {
                switch self {
                case .link(let target): .link(target)
                case .emptyDirectory, .file: .emptyDirectory
                }
            }
        }
    }

    /// Returns what belongs to the project, in any order.
    mutating func run(_ check: () throws -> Void) throws -> [Item] {
        try enter("", check)
        for (kind, what) in omitted.sorted(by: { $0.key < $1.key }) {
            let more = what.count > 1 ? ", and \(what.count - 1) more" : ""
            notes.append("A \(kind) cannot be sent and is left out: \"\(what.example)\"\(more).")
        }
        return found
    }

    /// Walks with a list of directories in place of recursion: anybody may have made the folder.
    private mutating func enter(_ start: ByteString, _ check: () throws -> Void) throws {
        var directories = [start]
        while let directory = directories.popLast() {
            try check()
            let listing = DirectoryListing(at: full(directory), followingLinks: directory.isEmpty)
            if let fault = listing.fault, fault.number != ENOENT {
                throw ClusterRunnerError(
                    .failed,
                    "The directory \"\(full(directory))\" cannot be read: \(fault). Make it readable, or leave it out with "
                        + ".gitignore."
                )
            }
            if respectsRules, !directory.isEmpty, listing.names.contains(".git"),
                let inner = try IgnoreRules(ofRepositoryAt: full(directory))
            {
                rules.append((directory, inner))
            }
            var isEmpty = true
            for name in listing.names where name != ".git" {
                let path = directory.isEmpty ? name : directory.appending(name)
                guard let status = FileStatus(full(path).cString, in: AT_FDCWD) else { continue }
                guard !foreign.contains(status.identity) else { continue }
                guard try !isLeftOut(path, isDirectory: status.kind == .directory) else { continue }
                isEmpty = false
                if status.kind == .directory { directories.append(path) } else { take(path, status) }
            }
            if isEmpty, !directory.isEmpty { found.append(Item(path: directory, kind: .emptyDirectory)) }
        }
    }

    private mutating func take(_ path: ByteString, _ status: FileStatus) {
        switch status.kind {
        case .regular: found.append(Item(path: path, kind: .file(permissions: status.permissions & 0o777)))
        case .link:
            if let target = Self.target(of: full(path)) { found.append(Item(path: path, kind: .link(target))) }
        case .pipe: omit("pipe", path)
        case .socket: omit("socket", path)
        case .device: omit("device", path)
        case .directory, .other: omit("file of an unknown kind", path)
        }
    }

    private mutating func omit(_ kind: String, _ path: ByteString) {
        omitted[kind] = (omitted[kind].map { $0.count + 1 } ?? 1, omitted[kind]?.example ?? path)
    }

    private mutating func isLeftOut(_ path: ByteString, isDirectory: Bool) throws -> Bool {
        // Directories are visited depth-first, so an inner repository is left with the first path outside of it.
        while rules.count > 1, let last = rules.last, !path.isBelow(last.path) { rules.removeLast() }
        guard let last = rules.last else { return false }
        let relative = last.path.isEmpty ? path : ByteString(path.bytes.dropFirst(last.path.count + 1))
        return try last.rules.leavesOut(relative, isDirectory: isDirectory)
    }

    private func full(_ path: ByteString) -> ByteString { path.isEmpty ? folder : folder.appending(path) }

    private static func target(of link: ByteString) -> ByteString? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link.cString, &text, text.count)
        return count > 0 ? ByteString(text.prefix(count).map { UInt8(bitPattern: $0) }) : nil
    }
}

extension ByteString {
    /// Whether it is a path below `directory`.
    fileprivate func isBelow(_ directory: ByteString) -> Bool {
        bytes.starts(with: directory.bytes + [UInt8(ascii: "/")])
    }
}
