import Foundation

/// A fault to inject.
enum Fault: Sendable, Hashable {
    /// Kills a slave; a new one takes its place, at once or after the master has given the old one up.
    case killSlave(Int, Relay.Moment, afterLease: Bool)
    /// Freezes a slave for its lease and a number of milliseconds.
    case freezeSlave(Int, beyondLease: Int)
    /// Kills the master at a moment in its exchange with a slave, and starts it again.
    case killMaster(Int, Relay.Moment)
    /// Breaks the network between a slave and the master until the slave is given up, and some milliseconds more.
    case loseNetwork(Int, Outage, beyondLease: Int)
    /// Breaks the network between a slave and the master for a number of milliseconds, shorter than the lease.
    case breakNetwork(Int, Outage, milliseconds: Int)
    /// Repeats the results of a slave: byte for byte, and in a newly signed request.
    case doubleResults(Int)
    /// Delays results of a slave until the master has given it up and others run the work, or until the slave is back.
    case delayResults(Int, untilReturn: Bool)
    /// Fills a disk, for a number of milliseconds beyond the first failure, and makes room again.
    case fillDisk(Machine, milliseconds: Int)
    /// Sets the wall clock of a machine wrong by a number of hours, ahead or back, and later right.
    case jumpClock(Machine, hours: Int)

    /// The way in which a network fails.
    struct Outage: Sendable, Hashable {
        let condition: Relay.Condition
        let moment: Relay.Moment
    }

    /// The kind, in words.
    var kind: String {
        switch self {
        case .killSlave(_, _, afterLease: false): "slave killed, replaced at once"
        case .killSlave(_, _, afterLease: true): "slave killed, replaced after its lease"
        case .freezeSlave: "slave frozen beyond its lease"
        case .killMaster: "master killed"
        case .loseNetwork(_, let outage, _): "network \(outage.condition) beyond the lease"
        case .breakNetwork(_, let outage, _): "network \(outage.condition) within the lease"
        case .doubleResults: "results doubled"
        case .delayResults: "results delayed beyond the lease"
        case .fillDisk(let machine, _): "disk of \(machine.role) full"
        case .jumpClock(let machine, _): "clock of \(machine.role) jumped"
        }
    }

    /// Whether it counts as a loss for the slave's subjobs.
    var losesSlave: Bool {
        switch self {
        case .killSlave, .freezeSlave, .loseNetwork, .delayResults: true
        case .killMaster, .breakNetwork, .doubleResults, .fillDisk, .jumpClock: false
        }
    }
}

/// The faults in order, determined by a seed.
struct FaultSchedule {
    /// The number of kinds.
    static let kinds = 12

    let faults: [Fault]

    /// Draws a schedule in which each kind comes once before any comes twice.
    init(seed: UInt64, count: Int, slaves: Int) {
        var random = SeededGenerator(seed: seed)
        var faults: [Fault] = []
        while faults.count < count { faults += Self.oneOfEach(slaves, &random).shuffled(using: &random) }
        self.faults = Array(faults.prefix(count))
    }

    private static func oneOfEach(_ slaves: Int, _ random: inout SeededGenerator) -> [Fault] {
        func slave() -> Int { Int.random(in: 0..<slaves, using: &random) }
        func time() -> Int { Int.random(in: 0...700, using: &random) }
        func hours() -> Int { Int.random(in: 1...12, using: &random) * (Bool.random(using: &random) ? 1 : -1) }
        func moment() -> Relay.Moment { Relay.Moment.allCases.randomElement(using: &random) ?? .now }
        func outage() -> Fault.Outage {
            Fault.Outage(condition: Bool.random(using: &random) ? .silent : .cut, moment: moment())
        }
        return [
            .killSlave(slave(), moment(), afterLease: false), .killSlave(slave(), moment(), afterLease: true),
            .freezeSlave(slave(), beyondLease: time()), .killMaster(slave(), moment()),
            .loseNetwork(slave(), outage(), beyondLease: time()),
            .breakNetwork(slave(), outage(), milliseconds: time()),
            .doubleResults(slave()), .delayResults(slave(), untilReturn: Bool.random(using: &random)),
            .fillDisk(.master, milliseconds: time()), .fillDisk(.seat(slave()), milliseconds: time()),
            .jumpClock(.master, hours: hours()), .jumpClock(.seat(slave()), hours: hours()),
        ]
    }
}

/// A random number generator (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
