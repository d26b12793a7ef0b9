import ClusterRunnerArchive
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct OutboxTests {
    private let clock = StepClock()

    /// Runs a body with a master and an outbox to it.
    private func withOutbox(
        archiver: any Archiver = LibArchiver(),
        _ body: @escaping @Sendable (PlayedMaster, Outbox, SlaveFolders) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            let master = try PlayedMaster()
            let folders = SlaveFolders(base: directory)
            try folders.create(folders.build(1))
            try await master.run { connection in
                let requests = PatientRequests(
                    slave: { 5 },
                    patience: CancellationSwitch(),
                    timekeeper: Timekeeper(clock: clock) { 0 },
                    logger: .silent
                )
                let outbox = Outbox(
                    build: 1,
                    requests: requests,
                    client: SlaveClient(connection),
                    archiver: archiver,
                    folders: folders,
                    logger: .silent
                )
                try await body(master, outbox, folders)
            }
        }
    }

    private func atom(_ lease: LeaseID, _ folders: SlaveFolders, file: String? = nil) throws -> FinishedAtom {
        let directory = folders.artifacts(of: 1, lease: lease, subjob: SubjobID(lease.rawValue), atom: 0)
        if let file {
            try folders.create(directory)
            try file.write(toFile: "\(directory)/file", atomically: true, encoding: .utf8)
        }
        let result = AtomResult(exitCode: 0, seconds: 1, hasArtifacts: file != nil)
        let report = AtomReport(lease: lease, subjob: SubjobID(lease.rawValue), atom: 0, executor: 0, result: result)
        return FinishedAtom(report: report, directory: directory)
    }

    @Test func `A report says how long ago the run began when it is sent, however often that is`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            var finished = try atom(1, folders)
            finished.begin = .milliseconds(-2500)
            outbox.add(finished)
            outbox.finish()
            await master.prepare("results", .failure(ClusterRunnerError(.unavailable, "not now")))
            async let delivering: Void = outbox.deliver { _ in }
            let first = try await master.next().decode(ResultsReport.self).reports.map(\.age)
            #expect(first == [2.5])
            let pause = await clock.step()
            let second = try await master.next().decode(ResultsReport.self).reports.map(\.age)
            #expect(second == [((pause.inSeconds + 2.5) * 1000).rounded() / 1000])
            try await delivering
        }
    }

    private func leases(_ message: PlayedMaster.Message) throws -> [LeaseID] {
        try message.decode(ResultsReport.self).reports.map(\.lease)
    }

    @Test func `Atoms that wait together go together, in order, at most five hundred`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            for lease in 1...501 { outbox.add(try atom(LeaseID(lease), folders)) }
            outbox.finish()
            try await outbox.deliver { _ in }
            #expect(try leases(await master.next()) == (1...500).map { LeaseID($0) })
            #expect(try leases(await master.next()) == [501])
        }
    }

    @Test func `Atoms that are not urgent wait for others for a moment`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            outbox.add(try atom(1, folders), isUrgent: false)
            async let waited = clock.step()
            async let delivering: Void = outbox.deliver { _ in }
            #expect(await waited == .milliseconds(50))
            #expect(try leases(await master.next()) == [1])
            outbox.finish()
            try await delivering
        }
    }

    @Test func `An urgent atom takes those along that wait`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            outbox.add(try atom(1, folders), isUrgent: false)
            async let delivering: Void = outbox.deliver { _ in }
            await clock.somebodySleeps()
            outbox.add(try atom(2, folders), isUrgent: false)
            outbox.add(try atom(3, folders))
            #expect(try leases(await master.next()) == [1, 2, 3])
            outbox.finish()
            try await delivering
        }
    }

    @Test func `Atoms that wait go when there are five hundred, and when no more come`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            outbox.add(try atom(1, folders), isUrgent: false)
            async let delivering: Void = outbox.deliver { _ in }
            await clock.somebodySleeps()
            for lease in 2...501 { outbox.add(try atom(LeaseID(lease), folders), isUrgent: false) }
            #expect(try leases(await master.next()).count >= 500)
            outbox.finish()
            #expect(try leases(await master.next()).last == 501)
            try await delivering
        }
    }

    @Test func `The work that an answer brings is passed on`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            let work = String(decoding: try JSONCoding.encode([LeaseGrant.of(9)]), as: UTF8.self)
            let answer = "{\"grants\": \(work), \"refused\": [], \"lost_leases\": []}"
            await master.prepare("results", .success(Array(answer.utf8)))
            outbox.add(try atom(1, folders))
            outbox.finish()
            var received: [LeaseGrant] = []
            try await outbox.deliver { received += $0.grants }
            #expect(received == [LeaseGrant.of(9)])
        }
    }

    @Test func `A report that the master cannot take now is sent again, when the master says`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            for _ in 0..<3 {
                await master.prepare("results", .failure(ClusterRunnerError(.unavailable, "busy")))
            }
            outbox.add(try atom(1, folders))
            outbox.finish()
            async let waits = [await clock.step(), await clock.step(), await clock.step()]
            try await outbox.deliver { _ in }
            let waited = await waits
            #expect(waited == [.seconds(1), .seconds(1), .seconds(1)])
            for _ in 0..<4 { #expect(try leases(await master.next()) == [1]) }
        }
    }

    @Test func `Files reach the master before the report that names them, and are removed`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            outbox.add(try atom(1, folders, file: "one"))
            outbox.add(try atom(2, folders))
            outbox.add(try atom(3, folders, file: "three"))
            outbox.finish()
            try await outbox.deliver { _ in }
            let upload = try await master.next()
            #expect(upload.action == "upload")
            let report = try await master.next().decode(ResultsReport.self)
            #expect(report.upload != nil)
            #expect(report.reports.map(\.lease) == [1, 2, 3])
            let archive = "\(folders.base)/received.tar"
            try Data(upload.body).write(to: URL(filePath: archive))
            let extracted = "\(folders.base)/extracted"
            try folders.create(extracted)
            try await LibArchiver().extract(archive, into: extracted, limits: ArchiveLimits())
            #expect(try String(contentsOfFile: "\(extracted)/artifact_1_0/file", encoding: .utf8) == "one")
            #expect(try String(contentsOfFile: "\(extracted)/artifact_3_0/file", encoding: .utf8) == "three")
            let left = try FileManager.default.subpathsOfDirectory(atPath: folders.build(1))
            #expect(left.allSatisfy { $0.hasPrefix("artifacts-") && !$0.contains("/") })
        }
    }

    @Test func `Files that the master refuses are lost to their own atom only, which keeps its result`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            let refusal = ClusterRunnerError(.invalidArgument, "a hostile entry")
            await master.prepare("upload", .failure(refusal))
            await master.prepare("upload", .failure(refusal))
            outbox.add(try atom(1, folders, file: "bad"))
            outbox.add(try atom(2, folders, file: "good"))
            outbox.finish()
            try await outbox.deliver { _ in }
            let first = try await master.next("results").decode(ResultsReport.self)
            #expect(first.upload == nil)
            #expect(first.reports.map(\.lease) == [1])
            #expect(
                first.reports.first?.result.notes
                    == ["Its artifacts are lost. The master refused them: a hostile entry"]
            )
            #expect(first.reports.first?.result.cause == nil)
            let second = try await master.next("results").decode(ResultsReport.self)
            #expect(second.reports.map(\.lease) == [2])
            #expect(second.reports.first?.result.notes == [])
            #expect(second.upload != nil)
            #expect(second.reports.first?.result.hasArtifacts == true)
        }
    }

    @Test func `Files that cannot be packed are an obstacle to their own atom only`() async throws {
        try await withOutbox(archiver: FullDiskArchiver(refused: "artifact_1_0")) { (master, outbox, folders) in
            outbox.add(try atom(1, folders, file: "too much"))
            outbox.add(try atom(2, folders, file: "fits"))
            outbox.finish()
            try await outbox.deliver { _ in }
            let first = try await master.next("results").decode(ResultsReport.self)
            #expect(first.upload == nil)
            #expect(first.reports.map(\.lease) == [1])
            #expect(
                first.reports.first?.obstacle
                    == RunObstacle("Its artifacts are lost. They could not be packed: No space left on device.")
            )
            #expect(first.reports.first?.result.hasArtifacts == false)
            let second = try await master.next("results").decode(ResultsReport.self)
            #expect(second.reports.map(\.lease) == [2])
            #expect(second.reports.first?.result.hasArtifacts == true)
        }
    }

    @Test func `What is left out, here or on the master, is a note of its own atom`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            let answer = #"{"notes": {"artifact_2_0": ["\"odd\" is left out: File name too long."]}}"#
            await master.prepare("upload", .success(Array(answer.utf8)))
            let first = try atom(1, folders, file: "one")
            try #require(symlink("/etc/hostname", "\(first.directory)/link") == 0)
            outbox.add(first)
            outbox.add(try atom(2, folders, file: "two"))
            outbox.finish()
            try await outbox.deliver { _ in }
            let reports = try await master.next("results").decode(ResultsReport.self).reports
            #expect(
                reports.map(\.result.notes) == [
                    ["\"link\" is left out: its target \"/etc/hostname\" is an absolute path to another place."],
                    ["\"odd\" is left out: File name too long."],
                ]
            )
        }
    }

    @Test func `A link to the directory in which the atom ran becomes a relative one`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            var finished = try atom(1, folders, file: "one")
            finished.ranWith = folders.executor(of: 1, index: 0) + "/artifact_1_0"
            let target = try #require(finished.ranWith) + "/file"
            try #require(symlink(target, "\(finished.directory)/latest") == 0)
            outbox.add(finished)
            outbox.finish()
            try await outbox.deliver { _ in }
            let upload = try await master.next()
            let archive = "\(folders.base)/received.tar"
            try Data(upload.body).write(to: URL(filePath: archive))
            try folders.create("\(folders.base)/extracted")
            try await LibArchiver().extract(archive, into: "\(folders.base)/extracted", limits: ArchiveLimits())
            let link = "\(folders.base)/extracted/artifact_1_0/latest"
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
        }
    }

    @Test func `A master that forgot the slave is told again at once`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            for _ in 0..<3 {
                await master.prepare("results", .failure(ClusterRunnerError(.sessionExpired, "who are you")))
            }
            outbox.add(try atom(1, folders))
            outbox.finish()
            async let waits = [await clock.step(), await clock.step(), await clock.step()]
            try await outbox.deliver { _ in }
            let waited = await waits
            #expect(waited == [.milliseconds(100), .milliseconds(100), .milliseconds(100)])
            for _ in 0..<4 { #expect(try leases(await master.next()) == [1]) }
        }
    }

    @Test func `Files that a restarted master has lost are sent again`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            await master.prepare("results", .failure(ClusterRunnerError(.invalidState, "The upload is not here.")))
            outbox.add(try atom(1, folders, file: "one"))
            outbox.finish()
            try await outbox.deliver { _ in }
            let first = try await master.next("results").decode(ResultsReport.self)
            #expect(try await master.next().action == "upload")
            let second = try await master.next("results").decode(ResultsReport.self)
            #expect(second.upload != nil && second.upload != first.upload)
            #expect(second.reports == first.reports)
        }
    }

    @Test func `Atoms that are given back go with the results, and alone when there are none`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            let parts = [LeaseAtoms(lease: 1, atoms: [2]), LeaseAtoms(lease: 3, atoms: [])]
            outbox.add(returned: [parts[0]])
            outbox.add(try atom(1, folders))
            outbox.add(returned: [parts[1]])
            outbox.finish()
            try await outbox.deliver { _ in }
            let report = try await master.next().decode(ResultsReport.self)
            #expect(report.returned == parts && report.reports.map(\.lease) == [1])
        }
        try await withOutbox { (master, outbox, _) async throws in
            outbox.add(returned: [LeaseAtoms(lease: 1, atoms: [])])
            outbox.finish()
            try await outbox.deliver { _ in }
            let report = try await master.next().decode(ResultsReport.self)
            #expect(report.returned == [LeaseAtoms(lease: 1, atoms: [])] && report.reports.isEmpty)
        }
    }

    @Test func `Atoms are given back even when the results beside them are refused`() async throws {
        try await withOutbox { (master, outbox, folders) async throws in
            await master.prepare("results", .failure(ClusterRunnerError(.invalidArgument, "a bad batch")))
            outbox.add(try atom(1, folders))
            outbox.add(returned: [LeaseAtoms(lease: 1, atoms: [2])])
            outbox.finish()
            try await outbox.deliver { _ in }
            _ = try await master.next("results")
            let second = try await master.next("results").decode(ResultsReport.self)
            #expect(second.returned == [LeaseAtoms(lease: 1, atoms: [2])] && second.reports.isEmpty)
            #expect(try leases(await master.next("results")) == [1])
        }
    }
}

/// An archiver whose disk has no room for an entry.
private struct FullDiskArchiver: Archiver {
    let refused: String

    func stream(
        _ entries: AsyncThrowingStream<[ArchiveEntry], any Error>,
        as format: ArchiveFormat
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        LibArchiver().stream(entries, as: format)
    }

    func write(
        _ entries: [ArchiveEntry],
        as format: ArchiveFormat,
        to path: String,
        limits: ArchiveLimits
    ) async throws -> ArchiveNotes {
        guard !entries.contains(where: { $0.path == ByteString(refused) }) else {
            throw ClusterRunnerError(.unavailable, "No space left on device.")
        }
        return try await LibArchiver().write(entries, as: format, to: path, limits: limits)
    }

    func extract(_ path: String, into directory: String, limits: ArchiveLimits) async throws -> ArchiveNotes {
        try await LibArchiver().extract(path, into: directory, limits: limits)
    }
}
