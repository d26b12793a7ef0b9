import ClusterRunnerPlugin
import Foundation
import Glibc

/// An empty directory for one test, removed with its contents when the test releases it.
final class ScratchDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/clusterrunner-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ClusterRunnerError(.failed, "mkdtemp failed: \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, creates its folders, and returns its path.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
        let file = path + "/" + name
        let folder = URL(filePath: file).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, mode)
        guard descriptor >= 0 else { throw ClusterRunnerError(.failed, "\(file): \(errno)") }
        defer { close(descriptor) }
        fchmod(descriptor, mode)
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw ClusterRunnerError(.failed, "\(file): \(errno)")
        }
        return file
    }

    /// Reads the text of a file; nil when it does not exist.
    func read(_ name: String) -> String? { ScratchDirectory.text(of: path + "/" + name) }

    /// Lists all names in the directory or one below it, sorted.
    func list(_ name: String = "") -> [String] {
        guard let directory = opendir(path + "/" + name) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    /// Returns the permission bits of a file or directory.
    func mode(_ name: String) -> mode_t {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
        return (attributes?[.posixPermissions] as? NSNumber)?.uint32Value ?? 0
    }

    /// Reads the text of any file; nil when it cannot be read.
    static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Returns the sentence of the error that `body` throws; nil without an error.
func refusal(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return (error as? ClusterRunnerError)?.message ?? "\(error)"
    }
}

/// Returns the sentence of the error that `body` throws; nil without an error.
func refusal(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? ClusterRunnerError)?.message ?? "\(error)"
    }
}
