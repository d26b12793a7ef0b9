import Foundation

/// One thing that goes wrong.
enum Fault: Sendable, Hashable {
    /// A slave is killed; a new one takes its place, at once or after the master has given the old one up.
    case killSlave(Int, Relay.Moment, afterLease: Bool)
    /// A slave stands still for its lease and so many milliseconds.
    case freezeSlave(Int, beyondLease: Int)
    /// The master is killed, at a moment in its talk with a slave, and started again.
    case killMaster(Int, Relay.Moment)
    /// The network between a slave and the master fails until the master has given the slave up and so many
    /// milliseconds.
    case loseNetwork(Int, Outage, beyondLease: Int)
    /// The network between a slave and the master fails for so many milliseconds, less than the lease.
    case breakNetwork(Int, Outage, milliseconds: Int)
    /// Somebody sends the results of a slave once more: byte for byte, and in words of his own.
    case doubleResults(Int)
    /// The network keeps results of a slave for so long that the master gives it up and others run the work, and delivers
    /// them then; perhaps only when the slave is back.
    case delayResults(Int, untilReturn: Bool)
    /// Something else fills a disk, for so many milliseconds beyond the first failure, and makes room again.
    case fillDisk(Machine, milliseconds: Int)
    /// The wall clock of a machine jumps by so many hours, ahead or back, and later to the right time.
    case jumpClock(Machine, hours: Int)

    /// How a network fails.
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

    /// Whether it costs what a slave holds one of its chances.
    var losesSlave: Bool {
        switch self {
        case .killSlave, .freezeSlave, .loseNetwork, .delayResults: true
        case .killMaster, .breakNetwork, .doubleResults, .fillDisk, .jumpClock: false
        }
    }
}

/// What goes wrong, in this order: the same for the same seed.
struct FaultSchedule {
    /// How many kinds there are.
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

/// SplitMix64.
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
