import ClusterRunnerArchive
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct ResultsFolderTests {
    private func withFolder(_ body: (ResultsFolder) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let folders = MasterFolders(base: directory)
            try folders.prepare()
            try await body(ResultsFolder(folders: folders, archiver: LibArchiver()))
        }
    }

    private func upload(_ text: String, _ name: String, to results: ResultsFolder) async throws {
        let entry = ArchiveEntry(path: "artifact_0_1/file", content: .bytes(Array(text.utf8)))
        let path = results.folders.upload(slave: 3, name: name).archive
        try await results.archiver.write([entry], as: .tar, to: path)
        try await results.unpackUpload(slave: 3, name: name)
    }

    private let atom = AtomReport(
        lease: 1,
        subjob: 0,
        atom: 1,
        executor: 0,
        result: AtomResult(exitCode: 0, seconds: 0, hasArtifacts: true)
    )

    private func report(_ upload: String?) -> ResultsReport { ResultsReport(build: 7, upload: upload, reports: [atom]) }

    @Test func `A later attempt replaces the files of an earlier one`() async throws {
        try await withFolder { results in
            let file = "\(results.folders.artifacts(build: 7, subjob: 0, atom: 1))/file"
            for (name, text) in [("a", "first"), ("b", "second")] {
                try await upload(text, name, to: results)
                try results.adopt(atom, in: report(name), from: 3)
                #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
                results.discardUpload(of: 3, name: name)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(results.folders.base)/uploads").isEmpty)
        }
    }

    @Test func `An atom whose files are not in the upload is refused by name`() async throws {
        try await withFolder { results in
            let none = #expect(throws: ClusterRunnerError.self) {
                try results.adopt(atom, in: report(nil), from: 3)
            }
            #expect(none?.message == "The report names no upload.")
            let missing = #expect(throws: ClusterRunnerError.self) {
                try results.adopt(atom, in: report("a"), from: 3)
            }
            #expect(missing?.message == "artifact_0_1 is not in the upload: No such file or directory.")
        }
    }

    @Test func `Nothing is left of an upload that cannot be unpacked`() async throws {
        try await withFolder { results in
            let archive = results.folders.upload(slave: 3, name: "a").archive
            try "no archive".write(toFile: archive, atomically: true, encoding: .utf8)
            await #expect(throws: ClusterRunnerError.self) { try await results.unpackUpload(slave: 3, name: "a") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(results.folders.base)/uploads").isEmpty)
        }
    }

    @Test func `What an earlier run left half done goes, results and mirrors stay`() async throws {
        try await withFolder { results in
            let folders = results.folders
            for path in [
                folders.results(of: 1), folders.projects + "/git", folders.workspace(of: 1), folders.live(of: 1),
            ] {
                try folders.create(path)
            }
            try folders.prepare()
            let exists = { FileManager.default.fileExists(atPath: $0) }
            #expect(exists(folders.results(of: 1)))
            #expect(exists(folders.projects + "/git"))
            #expect(!exists(folders.workspace(of: 1)))
            #expect(!exists(folders.live(of: 1)))
        }
    }
}
