/// The slaves in the service of a build, by number, with sums over all of them.
///
/// The sums follow each change of a member: what is decided for every report must not take longer the more slaves there
/// are.
struct Crew: Sendable {
    private var members: [Int: CrewMember] = [:]
    /// The sums.
    private(set) var total = Sums()
    /// Those that are set up and hold nothing.
    private(set) var idle: Set<Int> = []

    /// What is added up over members.
    struct Sums: Sendable, Equatable {
        /// The executors that the build uses.
        var executors = 0
        /// Those of slaves that are not set up.
        var settingUp = 0
        /// Those that have nothing to do and could be given something.
        var idleExecutors = 0
        /// The executors, each times how fast its slave is.
        var speed = 0.0
        /// What the atoms should take that they hold.
        var backlog = 0.0
        /// The leases of which atoms were asked back, without an answer so far.
        var asked = 0
    }

    /// A slave in the service of the build.
    subscript(slave: Int) -> CrewMember? {
        get { members[slave] }
        // Not by `set`: what a member holds would be copied for each change of it.
        _modify {
            let before = Sums(members[slave])
            defer { note(slave, before) }
            yield &members[slave]
        }
    }

    private mutating func note(_ slave: Int, _ before: Sums) {
        let member = members[slave]
        total.change(from: before, to: Sums(member))
        if let member, member.isReady, member.held.isEmpty { idle.insert(slave) } else { idle.remove(slave) }
        // What was rounded does not outlive the slaves that it came from.
        if members.isEmpty { total = Sums() }
    }

    /// Whether nobody works for the build.
    var isEmpty: Bool { members.isEmpty }

    /// The numbers of the slaves.
    var keys: Dictionary<Int, CrewMember>.Keys { members.keys }

    /// What is known of each of them.
    var values: Dictionary<Int, CrewMember>.Values { members.values }

    /// Those of them that are like that.
    func filter(_ isIncluded: ((key: Int, value: CrewMember)) throws -> Bool) rethrows -> [Int: CrewMember] {
        try members.filter(isIncluded)
    }

    /// Takes a slave out.
    mutating func removeValue(forKey slave: Int) -> CrewMember? {
        let member = members[slave]
        self[slave] = nil
        return member
    }
}

extension Crew: Sequence {
    func makeIterator() -> Dictionary<Int, CrewMember>.Iterator { members.makeIterator() }
}

extension Crew.Sums {
    /// What one member adds; nothing when there is none.
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
