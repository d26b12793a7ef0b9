import ClusterRunnerClient
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct MasterSearchTests {
    private let address = MasterAddress(host: "host", port: 1)

    private func unreachable(_ stage: MasterUnreachable.Stage) -> MasterUnreachable {
        MasterUnreachable(address: address, reason: "Connection refused", stage: stage)
    }

    private func notice(_ isConfigured: Bool, _ error: any Error) throws -> String? {
        try MasterSearch(isRequired: false, isConfigured: isConfigured)
            .noticeOfLocalBuild(instead: address, after: error)
    }

    @Test func `A configured master that does not answer is told in one line, the default one is not`() throws {
        #expect(
            try notice(true, unreachable(.connecting))
                == "No master answers at host:1: Connection refused. The build runs on this machine."
        )
        #expect(try notice(false, unreachable(.connecting)) == nil)
    }

    @Test func `A required master must answer`() {
        let search = MasterSearch(isRequired: true, isConfigured: false)
        #expect(throws: MasterUnreachable.self) {
            try search.noticeOfLocalBuild(instead: address, after: unreachable(.connecting))
        }
    }

    @Test func `A master that is there and refuses, or is not trusted, is no reason to build here`() {
        #expect(throws: MasterUnreachable.self) { try notice(true, unreachable(.refused)) }
        #expect(throws: MasterUnreachable.self) { try notice(false, unreachable(.securing)) }
        #expect(throws: ClusterRunnerError.self) { try notice(false, ClusterRunnerError(.unauthenticated, "no")) }
    }

    @Test func `Another service at the default address is told`() throws {
        let error = ClusterRunnerError(.notFound, "HTTP status 404 Not Found")
        #expect(
            try notice(false, error)
                == "The service at host:1 is not a master of ClusterRunner. The build runs on this machine."
        )
        #expect(throws: ClusterRunnerError.self) { try notice(true, error) }
    }
}
