import Foundation
import Testing

/// A folder for one test, removed after the test.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "archive-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The full path of an entry in the folder.
    subscript(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func makeDirectory(_ name: String, permissions: Int = 0o755) throws -> String {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
        try setPermissions(permissions, of: name)
        return self[name]
    }

    @discardableResult
    func makeFile(_ name: String, _ content: Data, permissions: Int = 0o644) throws -> String {
        try content.write(to: URL(filePath: self[name]))
        try setPermissions(permissions, of: name)
        return self[name]
    }

    @discardableResult
    func makeFile(_ name: String, _ content: String = "", permissions: Int = 0o644) throws -> String {
        try makeFile(name, Data(content.utf8), permissions: permissions)
    }

    @discardableResult
    func makeSparseFile(_ name: String, size: Int) throws -> String {
        try makeFile(name)
        try #require(truncate(self[name], off_t(size)) == 0)
        return self[name]
    }

    func makeLink(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: self[name], withDestinationPath: target)
    }

    func setPermissions(_ permissions: Int, of name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: self[name])
    }
}

/// An entry of a tree.
enum Node: Equatable {
    case file(Data, permissions: Int)
    case directory(permissions: Int)
    case link(to: String)
}

/// Returns everything below a folder, by relative path.
func tree(at path: String) throws -> [String: Node] {
    let files = FileManager.default
    var nodes: [String: Node] = [:]
    for name in try files.subpathsOfDirectory(atPath: path) {
        nodes[name] = try node(at: "\(path)/\(name)")
    }
    return nodes
}

func node(at path: String) throws -> Node {
    let files = FileManager.default
    let attributes = try files.attributesOfItem(atPath: path)
    let permissions = try #require(attributes[.posixPermissions] as? NSNumber).intValue
    switch attributes[.type] as? FileAttributeType {
    case .typeSymbolicLink?: return .link(to: try files.destinationOfSymbolicLink(atPath: path))
    case .typeDirectory?: return .directory(permissions: permissions)
    default: return .file(try Data(contentsOf: URL(filePath: path)), permissions: permissions)
    }
}

func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}
