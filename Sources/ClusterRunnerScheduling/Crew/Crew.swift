import ClusterRunnerDomain

/// The slaves that work for a build, by number, with running sums.
///
/// The sums follow each change of a member, so that the cost of a decision does not grow with the number of slaves.
struct Crew: Sendable {
    private var members: [SlaveID: CrewMember] = [:]
    /// The sums.
    private(set) var total = Sums()
    /// The slaves that are set up and hold no lease.
    private(set) var idle: Set<SlaveID> = []

    /// Sums over all members.
    struct Sums: Sendable, Equatable {
        /// The executors that the build uses.
        var executors = 0
        /// The executors of slaves that are not set up.
        var settingUp = 0
        /// The executors that are idle and could get work.
        var idleExecutors = 0
        /// The executors, weighted by the speed of their slaves.
        var speed = 0.0
        /// Expected cost of the atoms that they hold.
        var backlog = 0.0
        /// Number of leases whose atoms were asked back, without an answer so far.
        var asked = 0
    }

    /// The membership of a slave; nil without one.
    subscript(slave: SlaveID) -> CrewMember? {
        get { members[slave] }
        // `_modify` instead of `set`, which would copy a member's leases at each change.
        _modify {
            let before = Sums(members[slave])
            defer { note(slave, before) }
            yield &members[slave]
        }
    }

    private mutating func note(_ slave: SlaveID, _ before: Sums) {
        let member = members[slave]
        total.change(from: before, to: Sums(member))
        if let member, member.isReady, member.held.isEmpty { idle.insert(slave) } else { idle.remove(slave) }
        // Rounding errors end with the slaves that caused them.
        if members.isEmpty { total = Sums() }
    }

    /// Whether the build has no slaves.
    var isEmpty: Bool { members.isEmpty }

    /// The numbers of the slaves.
    var keys: Dictionary<SlaveID, CrewMember>.Keys { members.keys }

    /// All members.
    var values: Dictionary<SlaveID, CrewMember>.Values { members.values }

    /// Returns the members that satisfy a predicate.
    func filter(_ isIncluded: ((key: SlaveID, value: CrewMember)) throws -> Bool) rethrows -> [SlaveID: CrewMember] {
        try members.filter(isIncluded)
    }

    /// Removes a slave.
    mutating func removeValue(forKey slave: SlaveID) -> CrewMember? {
        let member = members[slave]
        self[slave] = nil
        return member
    }
}

extension Crew: Sequence {
    func makeIterator() -> Dictionary<SlaveID, CrewMember>.Iterator { members.makeIterator() }
}

extension Crew.Sums {
    /// Creates the contribution of one member; zero without one.
    init(_ member: CrewMember?) {
        guard let member else { return }
        executors = member.executors
        settingUp = member.isReady ? 0 : member.executors
        idleExecutors = member.takesWork ? member.idleExecutors : 0
        speed = Double(member.executors) * member.speed
        backlog = member.backlog
        asked = member.askedLeases
    }

    fileprivate mutating func change(from old: Self, to new: Self) {
        executors += new.executors - old.executors
        settingUp += new.settingUp - old.settingUp
        idleExecutors += new.idleExecutors - old.idleExecutors
        speed += new.speed - old.speed
        backlog += new.backlog - old.backlog
        asked += new.asked - old.asked
    }
}
