import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct AdmissionTests {
    private func admission(_ limits: AdmissionLimits, _ directory: String = "/tmp") -> Admission {
        Admission(limits: limits, directory: directory)
    }

    @Test func `A build is admitted while there is room for it`() throws {
        try admission(AdmissionLimits(freeBytes: 0, unfinishedBuilds: 3)).checkBuild(unfinished: 2)
    }

    @Test func `No build is admitted while the store waits for room`() throws {
        let admission = admission(AdmissionLimits(freeBytes: 0))
        let obstacle = ClusterRunnerError(.failed, "Cannot write to the database: it is full.")
        let error = #expect(throws: ClusterRunnerError.self) {
            try admission.checkBuild(unfinished: 0, obstacle: obstacle)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "No build can be stored now. Cannot write to the database: it is full.")
        try admission.checkBuild(unfinished: 0, obstacle: nil)
    }

    @Test func `A disk of which the free space cannot be told is an error that names it`() {
        let error = #expect(throws: ClusterRunnerError.self) {
            try admission(AdmissionLimits(), "/no/such/place").checkBuild(unfinished: 0)
        }
        #expect(
            error?.message == "The free space of /no/such/place cannot be told: No such file or directory."
        )
    }

    @Test func `One upload more than may run at once is refused, until one of them ends`() async throws {
        let admission = admission(AdmissionLimits(uploads: 2))
        let error = try await admission.upload {
            try await admission.upload {
                await #expect(throws: ClusterRunnerError.self) { try await admission.upload {} }
            }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "2 uploads are running already. Try again later.")
        // A failed upload has ended as well.
        for _ in 1...3 {
            await #expect(throws: CancellationError.self) { try await admission.upload { throw CancellationError() } }
        }
        try await admission.upload {}
    }
}

// MARK: Over HTTP

extension AdmissionTests {
    private func expectRefusal(_ answer: WebClient.Answer) {
        #expect(answer.status == 503)
        #expect(answer.headers[.retryAfter] == "1")
    }

    @Test func `On a full disk no build begins, and one that runs goes on to its end`() async throws {
        try await withScratchDirectory { directory in
            let (fields, work) = try await LiveMaster.run(in: directory) { master in
                let fields = try master.project(LiveMaster.job(atoms: 1))
                let build = try await master.client.createBuild(fields)
                return (fields, try #require(try await PlayedSlave(master).join(build: build).first))
            }
            // The disk fills up while the master is away.
            try await LiveMaster.run(in: directory) {
                $0.limits.freeBytes = 1 << 60
            } _: { master in
                let answer = try await master.web.post("/v1/build", .object(fields))
                expectRefusal(answer)
                let sentence = try #require(answer.error)
                #expect(sentence.hasPrefix("Only "))
                #expect(
                    sentence.hasSuffix(
                        " MiB are free on the disk of \(directory)/master, and min_free_disk_mb is 1099511627776. "
                            + "Free some, or keep fewer builds (results_retention_days, results_max_builds)."
                    )
                )
                #expect(try await master.store.builds(BuildQuery()).map(\.id) == [1])
                #expect(try await master.store.counter(.build) == 1)
                let hold = HeldBuild(
                    build: 1,
                    isSetUp: true,
                    executors: 1,
                    firstExecutorIndex: 0,
                    leases: [work.lease]
                )
                let token = try LiveMaster.token(of: "s1", in: directory)
                let slave = try await PlayedSlave(master, hold: hold, token: token)
                #expect(try await slave.report(work).refused.isEmpty)
                #expect(try await master.client.build(1, wait: .seconds(30)).result == .noFailures)
            }
        }
    }

    @Test func `Too many unfinished builds keep out the next one, until one of them ends`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) {
                $0.limits.unfinishedBuilds = 2
            } _: { master in
                let fields = try master.project(LiveMaster.job(atoms: 1))
                for id: BuildID in [1, 2] { #expect(try await master.client.createBuild(fields) == id) }
                let answer = try await master.web.post("/v1/build", .object(fields))
                expectRefusal(answer)
                #expect(
                    answer.error == "2 builds are not finished, and max_unfinished_builds is 2. Try again later."
                )
                #expect(try await master.store.builds(BuildQuery()).map(\.id) == [1, 2])
                try await master.client.cancel(build: 1)
                #expect(try await master.client.createBuild(fields) == 3)
            }
        }
    }

    @Test func `An upload that would leave too little room is tried again later, and the build says so`() async throws {
        try await withScratchDirectory { directory in
            let work = try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                return try #require(try await PlayedSlave(master).join(build: build).first)
            }
            let archive = "\(directory)/up.tar"
            try "x".write(toFile: archive, atomically: true, encoding: .utf8)
            // The disk fills up while the master is away.
            try await LiveMaster.run(in: directory) {
                $0.limits.freeBytes = 1 << 60
            } _: { master in
                let hold = HeldBuild(build: 1, isSetUp: true, executors: 1, firstExecutorIndex: 0, leases: [work.lease])
                let token = try LiveMaster.token(of: "s1", in: directory)
                let slave = try await PlayedSlave(master, hold: hold, token: token)
                let error = await #expect(throws: MasterUnreachable.self) {
                    try await master.slaves.upload(archive, name: "u1", slave: slave.id)
                }
                #expect(error?.reason.hasPrefix("Only ") == true && error?.retryAfter == .seconds(1))
                let left = try FileManager.default.subpathsOfDirectory(atPath: "\(directory)/master/uploads")
                #expect(!left.contains { $0.hasSuffix(".tar") || $0.contains("u1") }, "\(left)")
                let reason = try #require(try await master.client.build(1).waitingFor)
                #expect(reason.hasPrefix("room for the artifacts of slave \(slave.id), for "), "\(reason)")
                #expect(reason.contains(" s: only "), "\(reason)")
                #expect(reason.contains(" on the disk of \(directory)/master, and min_free_disk_mb is "), "\(reason)")
            }
        }
    }

    @Test func `A slave is asked to try an upload again later`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) {
                $0.limits.uploads = 0
            } _: { master in
                let slave = try await PlayedSlave(master)
                let archive = "\(directory)/up.tar"
                try "x".write(toFile: archive, atomically: true, encoding: .utf8)
                let error = await #expect(throws: MasterUnreachable.self) {
                    try await master.slaves.upload(archive, name: "u1", slave: slave.id)
                }
                #expect(error?.reason == "0 uploads are running already. Try again later.")
                #expect(error?.retryAfter == .seconds(1))
            }
        }
    }
}
