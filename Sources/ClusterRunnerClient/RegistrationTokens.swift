import ClusterRunnerConcurrency
import ClusterRunnerWire

/// The tokens that a master gave to the slaves that register here; a process has one slave, and tests have more.
final class RegistrationTokens: Sendable {
    private let known = Lock([Int: (session: String, token: String)]())

    /// The token of an earlier registration of a session.
    func token(ofSession session: String) -> String? {
        known.withLock { $0.values.first { $0.session == session }?.token }
    }

    /// The headers of a message in the name of a slave.
    func headers(of slave: Int) -> [(name: String, value: String)] {
        guard let token = known.withLock({ $0[slave]?.token }) else { return [] }
        return [(HeaderName.slaveToken, token)]
    }

    /// Keeps what a master gave to a session; its earlier number is gone.
    func keep(_ welcome: SlaveWelcome, session: String) {
        known.withLock { known in
            known = known.filter { $0.value.session != session }
            known[welcome.slaveID] = (session, welcome.token)
        }
    }
}
