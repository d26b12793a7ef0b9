import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import MercurialProjectType

@Suite(.timeLimit(.minutes(10))) struct HandOverTests {
    @Test func `A slave gets the changeset from the master, and later only what it lacks`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await withServer(of: "upstream", in: sandbox) { address in
                var sizes: [Int] = []
                for round in ["one", "two"] {
                    let master = try sandbox.project(["url": .string(address)])
                    let fetched = try await master.fetch(into: try sandbox.directory("master-\(round)"))
                    let answers = AnswerCount()
                    let slave = try sandbox.slave(of: master, fetched, counting: answers)
                    _ = try await slave.fetch(into: try sandbox.directory("slave-\(round)"))
                    #expect(try await sandbox.hash(in: "slave-\(round)") == sandbox.hash(of: "default", in: "upstream"))
                    sizes.append(await answers.bytes)
                    await slave.teardown()
                    await master.teardown()
                    try await sandbox.commit("after \(round)")
                }
                // The random file of 100 kB is in the first answer only.
                #expect(sizes[0] > 100_000 && sizes[1] < 10_000, "\(sizes) \(url)")
            }
        }
    }

    @Test func `A slave that has the changeset does not ask`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("work"))
            let answers = AnswerCount()
            for copy in ["copy-1", "copy-2"] {
                let slave = try sandbox.slave(of: master, fetched, counting: answers)
                _ = try await slave.fetch(into: try sandbox.directory(copy))
            }
            #expect(await answers.requests == 1)
        }
    }

    @Test func `Many slaves at once are served`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("work"))
            let request = try BundleRequest(hash: #require(fetched.slaveParameters["hash"]), heads: []).bytes
            let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await master.export(request).reduce(0) { $0 + $1.count }
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(sizes.count == 1 && sizes != [0])
        }
    }

    @Test func `Slaves pull from the address where the master says so`() async throws {
        try await Sandbox.with { sandbox in
            try await sandbox.makeRepository()
            try await withServer(of: "upstream", in: sandbox) { address in
                let master = try sandbox.project(["url": .string(address)], fromMaster: false)
                let fetched = try await master.fetch(into: try sandbox.directory("work"))
                try await sandbox.commit("later")
                let answers = AnswerCount()
                let slave = try sandbox.slave(of: master, fetched, counting: answers)
                _ = try await slave.fetch(into: try sandbox.directory("copy"))
                #expect(await answers.requests == 0)
                #expect(try sandbox.read("copy/file.txt") == "newest\n")
            }
        }
    }

    @Test func `Only slaves that pull from the address get its credentials`() async throws {
        let parameters = try MercurialParameters(ProjectParameters(["url": "https://me:secret@example.org/r"]))
        #expect(parameters.forSlave(hash: "12", fromMaster: true)["url"] == "https://example.org/r")
        #expect(parameters.forSlave(hash: "12", fromMaster: false)["url"] == "https://me:secret@example.org/r")
    }

    @Test func `A restarted master answers as before, even without its mirror`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let first = try sandbox.project(["url": .string(url)])
            let fetched = try await first.fetch(into: try sandbox.directory("work"))
            try FileManager.default.removeItem(atPath: sandbox.mirror())
            let second = try sandbox.project(["url": .string(url)])
            try await second.resume(with: fetched.slaveParameters)
            _ = try await sandbox.slave(of: second, fetched).fetch(into: try sandbox.directory("copy"))
            #expect(try sandbox.read("copy/file.txt") == "newest\n")
        }
    }

    @Test func `Only the changeset of the build is handed out`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            _ = try await master.fetch(into: try sandbox.directory("work"))
            let other = String(repeating: "0", count: 40)
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await master.export(BundleRequest(hash: other, heads: []).bytes)
            }
            #expect(error?.message == "This build does not hand out the changeset \(other).")
            for request in ["", "{}", #"{"hash":"--config","heads":[]}"#, #"{"hash":"\#(other)","heads":["all()"]}"#] {
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await master.export(Array(request.utf8))
                }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test(arguments: ["", "HG20 and then nothing"])
    func `A damaged answer of the master is an error`(answer: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let fetched = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("work"))
            let source = FixedSource(answer: Array(answer.utf8))
            let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: source))
            let error = await fetchError(slave, into: try sandbox.directory("copy"))
            #expect(error?.message.hasPrefix("Fetching file://\(url) failed: hg unbundle said ") == true)
        }
    }
}

/// A master with one answer.
private struct FixedSource: ProjectSource {
    let answer: [UInt8]

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { continuation in
            if !answer.isEmpty { continuation.yield(answer) }
            continuation.finish()
        }
    }
}
