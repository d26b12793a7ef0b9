import ClusterRunnerDomain
import Foundation
import Testing

/// The expected content of a file in the results.
enum ExpectedContent: Sendable {
    case text(String)
    case bytes([UInt8])
    /// A regular expression that must match the whole content.
    case pattern(String)

    /// Whether a content is as expected.
    func matches(_ data: Data) throws -> Bool {
        switch self {
        case .text(let text): data == Data(text.utf8)
        case .bytes(let bytes): data == Data(bytes)
        case .pattern(let pattern): try Regex(pattern).wholeMatch(in: String(decoding: data, as: UTF8.self)) != nil
        }
    }
}

/// The files of a results archive, by path.
struct ArtifactTree {
    let files: [String: Data]

    /// Downloads an archive of a build, a `tar.gz` or a `zip`, and unpacks it with the machine's own tools.
    init(of build: BuildID, _ format: String, from cluster: RunningCluster) async throws {
        let answer = try await cluster.http.send("GET", "/v1/build/\(build)/artifacts.\(format)")
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        let directory = "\(cluster.scratch)/results \(build) \(format)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try answer.body.write(to: URL(filePath: "\(directory)/archive"))
        let unpack = format == "zip" ? "unzip -q ../archive" : "tar -xzf ../archive"
        try await shell("mkdir tree; cd tree; \(unpack)", in: directory)
        self.files = try Self.read("\(directory)/tree")
    }

    /// Reads the files below a directory.
    static func read(_ directory: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(directory)/\(path)", isDirectory: &isDirectory)
            if !isDirectory.boolValue { files[path] = try Data(contentsOf: URL(filePath: "\(directory)/\(path)")) }
        }
        return files
    }

    /// Returns the differences from the expected files, one sentence each.
    static func differences(_ files: [String: Data], from expected: [String: ExpectedContent]) throws -> [String] {
        var faults: [String] = []
        for path in Set(files.keys).union(expected.keys).sorted() {
            guard let content = files[path] else {
                faults.append("\(path) is missing")
                continue
            }
            let text = String(decoding: content, as: UTF8.self).debugDescription
            guard let wanted = expected[path] else {
                faults.append("\(path) should not be there: \(text)")
                continue
            }
            if try !wanted.matches(content) { faults.append("\(path) should be \(wanted), but is \(text)") }
        }
        return faults
    }
}
