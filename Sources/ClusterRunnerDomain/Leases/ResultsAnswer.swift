/// The master's answer to reported results.
package struct ResultsAnswer: Sendable, Equatable, Codable {
    /// More work for the slave.
    package let grants: [LeaseGrant]
    /// The reports that were refused.
    package let refused: [Refusal]
    /// The leases of the reports under which the slave no longer holds anything: it must stop that work.
    package let lostLeases: [LeaseID]

    /// Creates an answer.
    package init(grants: [LeaseGrant], refused: [Refusal], lostLeases: [LeaseID]) {
        self.grants = grants
        self.refused = refused
        self.lostLeases = lostLeases
    }

    private enum CodingKeys: String, CodingKey {
        case grants, refused
        case lostLeases = "lost_leases"
    }

    /// A sentence with the reason why reports were refused; nil if all count.
    package var objection: String? {
        guard let first = refused.first else { return nil }
        return refused.count == 1 ? first.reason : "\(refused.count) results do not count. The first: \(first.reason)"
    }

    /// A refused report, with the reason.
    package struct Refusal: Sendable, Equatable, Codable {
        /// The lease that the report named.
        package let lease: LeaseID
        /// The subjob.
        package let subjob: SubjobID
        /// The atom's number in the subjob.
        package let atom: AtomIndex
        /// The reason, a sentence.
        package let reason: String

        /// Creates a refusal.
        package init(lease: LeaseID, subjob: SubjobID, atom: AtomIndex, reason: String) {
            self.lease = lease
            self.subjob = subjob
            self.atom = atom
            self.reason = reason
        }
    }
}
