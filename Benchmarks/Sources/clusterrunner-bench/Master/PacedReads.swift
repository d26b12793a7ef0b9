import Foundation

/// Reads of one build at a steady rate.
struct PacedReads {
    let port: Int
    let path: String
    let perSecond: Int

    /// Returns the seconds of each read, until the build has ended.
    ///
    /// A read that is delayed by the one before it counts from its due time, as a waiting reader would experience it
    /// (see G. Tene, "How NOT to Measure Latency").
    func untilBuildEnds() async throws -> [Double] {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own, because the calls block.
            Thread { continuation.resume(with: Result { try read() }) }.start()
        }
    }

    private func read() throws -> [Double] {
        let connection = try KeptConnection(port: port)
        var latencies: [Double] = []
        var due = ContinuousClock.now
        while true {
            let early = due - ContinuousClock.now
            if early > .zero { usleep(useconds_t(early.seconds * 1e6)) }
            let body = try connection.get(path)
            latencies.append((ContinuousClock.now - due).seconds)
            due += .seconds(1) / perSecond
            if body.range(of: Data("\"BUILDING\"".utf8)) == nil, try Self.isFinal(body) { return latencies }
        }
    }

    private static func isFinal(_ body: Data) throws -> Bool {
        struct Answer: Decodable {
            struct Build: Decodable { let state: String }
            let build: Build
        }
        let state = try JSONDecoder().decode(Answer.self, from: body).build.state
        return ["FINISHED", "ERROR", "CANCELED"].contains(state)
    }
}
