import Testing

@testable import ClusterRunnerClient

@Suite struct MasterUnreachableTests {
    private func sentence(_ stage: MasterUnreachable.Stage, _ reason: String) -> String {
        MasterUnreachable(address: MasterAddress(host: "host", port: 1), reason: reason, stage: stage).description
    }

    @Test func `The sentence says how far the request came, and ends in one full stop`() {
        #expect(sentence(.connecting, "Connection refused") == "No master answers at host:1: Connection refused.")
        #expect(
            sentence(.refused, "Only 3 MiB are free. Free some.")
                == "The master at host:1 cannot take this now: Only 3 MiB are free. Free some."
        )
        #expect(
            sentence(.waiting, "it closed the connection")
                == "The connection to the master at host:1 broke off: it closed the connection."
        )
        #expect(sentence(.securing, "no trust.") == "The connection to the master at host:1 is not secure: no trust.")
    }
}
