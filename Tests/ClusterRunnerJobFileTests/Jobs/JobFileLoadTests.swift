import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite final class JobFileLoadTests {
    private let directory: String
    private let job = "{commands: [x], atomizers: [V: y]}"

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "job-file-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        directory = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }

    private func error() -> ClusterRunnerError? {
        #expect(throws: ClusterRunnerError.self) { try JobFile.load(directory: directory) }
    }

    @Test func `Either name is found, and the first one wins`() throws {
        try write("Second: \(job)", to: "clusterrunner.yml")
        #expect(try JobFile.load(directory: directory).jobs.map(\.name) == ["Second"])
        try write("First: \(job)", to: "clusterrunner.yaml")
        #expect(try JobFile.load(directory: directory).jobs.map(\.name) == ["First"])
    }

    @Test(arguments: ["", "/nowhere"])
    func `A missing file says where it was looked for`(below: String) {
        let place = directory + below
        let error = #expect(throws: ClusterRunnerError.self) { try JobFile.load(directory: place) }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == """
                The project has no job file: there is neither "\(place)/clusterrunner.yaml" nor \
                "\(place)/clusterrunner.yml". Write one, or send an inline job as "config".
                """
        )
    }

    @Test func `Faults name the file, not its path`() throws {
        try write("A: 5", to: "clusterrunner.yml")
        #expect(
            error()?.message
                == "clusterrunner.yml has 1 error.\nclusterrunner.yml:1:4: job \"A\": found the number 5, "
                + "expected a map with the keys of a job"
        )
    }

    @Test func `What is no file is not read`() throws {
        let path = "\(directory)/clusterrunner.yaml"
        func expected(_ kind: String) -> String {
            "The job file \"\(path)\" cannot be read: it is \(kind), not a regular file."
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(error()?.message == expected("a directory"))
        try FileManager.default.removeItem(atPath: path)
        // A pipe without a writer would block the reader without limit.
        #expect(mkfifo(path, 0o600) == 0)
        #expect(error()?.message == expected("a named pipe"))
        #expect(error()?.code == .failed)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
        #expect(error()?.message == expected("a device"))
    }

    @Test func `A large file is refused`() throws {
        try write("A: \(job)" + String(repeating: "\n", count: 2 << 20), to: "clusterrunner.yaml")
        #expect(
            error()?.message
                == "clusterrunner.yaml has 1 error.\nclusterrunner.yaml: found more than 1048576 bytes, expected a shorter text"
        )
    }
}
