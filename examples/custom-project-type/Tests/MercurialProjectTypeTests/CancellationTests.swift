import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import MercurialProjectType

@Suite(.timeLimit(.minutes(10))) struct CancellationTests {
    @Test func `A fetch from a silent server ends when it is canceled, and leaves no hg`() async throws {
        try await Sandbox.with { sandbox in
            let server = try SilentServer()
            let project = try sandbox.project(["url": .string("http://127.0.0.1:\(server.port)/r")])
            let workspace = try sandbox.directory("work")
            await withThrowingTaskGroup(of: FetchedProject.self) { group in
                group.addTask { try await project.fetch(into: workspace) }
                await server.connected()
                #expect(!sandbox.processes().isEmpty)
                group.cancelAll()
                let start = ContinuousClock.now
                await #expect(throws: CancellationError.self) { try await group.next() }
                #expect(ContinuousClock.now - start < .seconds(20))
            }
            #expect(sandbox.processes().isEmpty)
            await project.teardown()
        }
    }

    @Test func `A child of hg that ignores its signals ends, too`() async throws {
        try await Sandbox.with { sandbox in
            try await sandbox.sh(
                """
                printf '#!/bin/bash\\ntrap "" TERM\\ncd %s\\nexec 9> alive\\necho > started\\nwhile :; do sleep 1; done\\n' \
                    '\(sandbox.root)' > ssh
                chmod +x ssh; mkfifo alive started
                printf '[ui]\\nssh = %s/ssh\\n' '\(sandbox.root)' > hgrc
                """
            )
            let environment = ["HGRCPATH": sandbox.path("hgrc")]
            let project = try sandbox.project(["url": "ssh://127.0.0.1/r"], environment: environment)
            let workspace = try sandbox.directory("work")
            // Ends with the last process that holds the pipe: a killed process is there for a moment longer.
            async let end = sandbox.sh("timeout 60 cat alive")
            try await withThrowingTaskGroup(of: FetchedProject.self) { group in
                group.addTask { try await project.fetch(into: workspace) }
                try await sandbox.sh("cat started")
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            _ = try await end
            #expect(sandbox.processes().isEmpty)
        }
    }

    @Test func `A server that does not answer in time is named`() async throws {
        try await Sandbox.with { sandbox in
            let server = try SilentServer()
            let url = "http://127.0.0.1:\(server.port)/r"
            let silent = try sandbox.project(["url": .string(url)], answerLimit: .seconds(1))
            #expect(
                await fetchError(silent, into: try sandbox.directory("silent"))?.message
                    == "The server of \(url) did not answer within 1 s. Check that it runs, or raise \"timeout\" in the "
                    + "section [http] of the service's hgrc."
            )
            let late = try sandbox.project(["url": .string(url)], timeLimit: .seconds(3))
            #expect(
                await fetchError(late, into: try sandbox.directory("late"))?.message
                    == "Fetching \(url) took longer than 3 s. Check the connection to its server, and whether hg waits "
                    + "for something there."
            )
            #expect(sandbox.processes().isEmpty)
        }
    }
}
