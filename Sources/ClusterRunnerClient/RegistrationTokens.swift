import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire

/// The tokens of the slaves registered in this process; tests have more than one.
final class RegistrationTokens: Sendable {
    private let known = Lock([SlaveID: (session: String, token: String)]())

    /// Returns the token of an earlier registration of a session.
    func token(ofSession session: String) -> String? {
        known.withLock { $0.values.first { $0.session == session }?.token }
    }

    /// Returns the headers of a slave's message.
    func headers(of slave: SlaveID) -> [(name: String, value: String)] {
        guard let token = known.withLock({ $0[slave]?.token }) else { return [] }
        return [(HeaderName.slaveToken, token)]
    }

    /// Keeps the token of a session's registration; the session's earlier number is forgotten.
    func keep(_ welcome: SlaveWelcome, session: String) {
        known.withLock { known in
            known = known.filter { $0.value.session != session }
            known[welcome.slaveID] = (session, welcome.token)
        }
    }
}
