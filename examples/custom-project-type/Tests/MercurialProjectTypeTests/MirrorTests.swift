import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import MercurialProjectType

@Suite(.timeLimit(.minutes(10))) struct MirrorTests {
    private static let damages = [
        "rm -rf .hg", "rm -rf .hg/store", "rm .hg/requires", "echo nonsense > .hg/requires",
        ": > .hg/store/00changelog.i", "head -c 100 /dev/urandom > .hg/store/00changelog.i",
        "rm .hg/store/00manifest.i", "truncate -s 10 .hg/store/data/file.txt.i", "rm -rf .hg/store/data",
        "for f in .hg/store/data/*.d; do : > $f; done",
    ]

    @Test(arguments: damages)
    func `A damaged mirror is thrown away and made anew`(damage: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            for (name, isNew) in [("same", false), ("new", true)] {
                let before = try sandbox.project(["url": .string(url)])
                _ = try await before.fetch(into: try sandbox.directory("before-\(name)"))
                try await sandbox.sh(damage, in: String(sandbox.mirror().dropFirst(sandbox.root.count + 1)))
                if isNew { try await sandbox.commit("new") }
                let after = try sandbox.project(["url": .string(url)])
                _ = try await after.fetch(into: try sandbox.directory("after-\(name)"))
                #expect(try sandbox.read("after-\(name)/file.txt") == (isNew ? "new\n" : "newest\n"))
                #expect(try await sandbox.sh("hg status; hg verify -q", in: "after-\(name)") == "")
            }
        }
    }

    @Test func `A damaged mirror of a slave is made anew by the master`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            for round in ["one", "two"] {
                let master = try sandbox.project(["url": .string(url)])
                let fetched = try await master.fetch(into: try sandbox.directory("master-\(round)"))
                _ = try await sandbox.slave(of: master, fetched).fetch(into: try sandbox.directory("slave-\(round)"))
                let mirror = String(try sandbox.mirror(on: "slave").dropFirst(sandbox.root.count + 1))
                try await sandbox.sh("rm .hg/store/00manifest.i", in: mirror)
                try await sandbox.commit("round \(round)")
            }
            #expect(try sandbox.read("slave-two/file.txt") == "round one\n")
        }
    }

    @Test func `A mirror is kept while its repository cannot be reached`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("one"))
            try await sandbox.sh("mv upstream away; rm '\(sandbox.mirror())'/.hg/store/00manifest.i")
            let project = try sandbox.project(["url": .string(url)])
            #expect(await fetchError(project, into: try sandbox.directory("two")) != nil)
            #expect(try FileManager.default.fileExists(atPath: "\(sandbox.mirror())/.hg"))
        }
    }

    @Test func `Long addresses have mirrors of their own`() async throws {
        try await Sandbox.with { sandbox in
            let hg = Hg(surroundings: .current)
            let long = "https://example.org/" + String(repeating: "a", count: 700)
            let paths = try [long, long + "/b", "https://example.org/r", "https://example.org/r%2F"].map {
                try Mirror(of: MercurialURL($0), in: "/s", hg: hg, scratch: Scratch(in: "/s")).path
            }
            #expect(Set(paths).count == 4)
            #expect(paths[2] == "/s/mirrors/https:%2F%2Fexample.org%2Fr~")
            #expect(paths.joined(separator: "/").split(separator: "/").allSatisfy { $0.utf8.count <= 255 })
        }
    }
}
