import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The tokens of registrations, which keep a slave from speaking for another although all know the secret.
///
/// A token is an HMAC of the slave's session under a key of the master alone, so that it survives a restart.
final class SlaveTokens: Sendable {
    private let authenticator: MessageAuthenticator
    private let holders = Lock([SlaveID: Holder]())

    private struct Holder {
        let session: String
        let token: String
    }

    init(key: [UInt8]) throws {
        authenticator = try MessageAuthenticator(key: key)
    }

    /// Computes the token of a session.
    func token(of session: String) throws -> String {
        try authenticator.digest(of: session.utf8)
    }

    /// Returns the proven part of a registration: without the token, the work that it claims to hold is given up.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/unauthenticated`` for the session of another
    ///   slave.
    func proven(_ registration: SlaveRegistration) throws -> SlaveRegistration {
        let token = try token(of: registration.sessionID)
        if let claimed = registration.token, MessageAuthenticator.isEqual(claimed, token) { return registration }
        let isTaken = holders.withLock { $0.values.contains { $0.session == registration.sessionID } }
        guard !isTaken else {
            throw ClusterRunnerError(
                .unauthenticated,
                "Session \(registration.sessionID) is registered, and this registration does not have its token."
            )
        }
        var registration = registration
        registration.hold = registration.hold?.left
        return registration
    }

    /// Keeps the token of a slave that registered.
    func keep(_ token: String, of slave: SlaveID, session: String) {
        holders.withLock { holders in
            for (id, holder) in holders where holder.session == session && id != slave { holders[id] = nil }
            holders[slave] = Holder(session: session, token: token)
        }
    }

    /// Forgets the token of a slave that is gone.
    func forget(_ slave: SlaveID) {
        holders.withLock { _ = $0.removeValue(forKey: slave) }
    }

    /// Refuses a message with a wrong token or in the name of an unknown slave.
    func check(_ claimed: String?, of slave: SlaveID) throws {
        guard let holder = holders.withLock({ $0[slave] }) else { throw ClusterCoordinator.unknownSlave }
        guard let claimed, MessageAuthenticator.isEqual(claimed, holder.token) else {
            throw ClusterRunnerError(
                .unauthenticated,
                "This message has another token than the registration of slave \(slave)."
            )
        }
    }
}

extension HeldBuild {
    /// The same work, given up.
    fileprivate var left: HeldBuild {
        HeldBuild(
            build: build,
            isSetUp: isSetUp,
            isLeaving: true,
            executors: executors,
            firstExecutorIndex: firstExecutorIndex,
            leases: leases
        )
    }
}
