import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire
import Foundation
import Testing

/// A master and four slaves that can be killed, frozen, cut off, short of disk space and set to a wrong time, because
/// each has a network, a disk and a clock of its own.
final class ChaosCluster: Sendable {
    /// The time without a sign of life after which a slave is lost.
    static let lease = Duration.seconds(3)
    private static let settings = """
        heartbeat_interval = 0.5
        unresponsive_slaves_cleanup_interval = \(lease.components.seconds)
        min_free_disk_mb = 8
        """
    /// The executors of each slave.
    static let executors = 2
    /// The sizes of a slave's disk and of the master's, in MiB.
    private static let (slaveDiskSize, masterDiskSize) = (24, 128)

    let cluster: RunningCluster
    let ledger: Ledger
    let seats: [Seat]
    /// The disks; nil on a system that does not allow them.
    let disks: SmallDisks?
    /// The clocks; empty on a system without them.
    let clocks: [Machine: SettableClock]
    let masterLife = Watched(MasterLife())
    let masterDisk = Watched(MasterDisk())
    let kills = Lock<[Kill]>([])
    /// The durations of faults, in seconds, by kind.
    let durations = Lock<[String: [Double]]>([:])
    /// The number of the newest event that was read.
    let newestEvent = Lock(0)
    /// The builds in progress while a disk was full.
    let shortOfSpace = Lock<Set<BuildID>>([])

    /// A machine: the address, base directory and network of the slaves that run on it one after the other.
    final class Seat: Sendable {
        let machine: Machine
        let port: Int
        let relay: Relay
        private let slaves = Lock<[RunningProgram]>([])

        init(machine: Machine, port: Int, relay: Relay) {
            (self.machine, self.port, self.relay) = (machine, port, relay)
        }

        /// The slave's `host:port`.
        var url: String { "127.0.0.1:\(port)" }
        /// The most recently started slave.
        var slave: RunningProgram? { slaves.withLock { $0.last } }

        func take(_ slave: RunningProgram) { slaves.withLock { $0.append(slave) } }
    }

    /// The number of the master's starts, and whether it is running.
    struct MasterLife: Sendable {
        var starts = 0
        var isUp = false
    }

    /// The number of times that the master's disk was filled, and whether it is full.
    struct MasterDisk: Sendable, Equatable {
        var fillings = 0
        var isFull = false
    }

    /// The death of a slave.
    struct Kill: Sendable {
        /// The slave's `host:port`.
        let url: String
        let relay: Int
        let time: Double
        let fault: Fault
    }

    private init(_ cluster: RunningCluster, _ ledger: Ledger, _ seats: [Seat], _ surroundings: Surroundings) {
        (self.cluster, self.ledger, self.seats) = (cluster, ledger, seats)
        (disks, clocks) = (surroundings.disks, surroundings.clocks)
    }

    /// Runs `body` with a cluster of a number of slaves.
    static func with(slaves: Int, _ body: (ChaosCluster) async throws -> Void) async throws {
        try await RunningCluster.withNothing { cluster in
            let ledger = try Ledger("\(cluster.scratch)/ledger")
            let port = try Socket.stablePort()
            let seats = try (0..<slaves).map {
                Seat(machine: .seat($0), port: try Socket.stablePort(), relay: try Relay(toMaster: port))
            }
            defer { seats.forEach { $0.relay.close() } }
            let surroundings = try await Surroundings(cluster, [.master] + seats.map(\.machine))
            let chaos = ChaosCluster(cluster, ledger, seats, surroundings)
            try await chaos.startMaster(port: port)
            for seat in seats { try await chaos.startSlave(on: seat) }
            try await body(chaos)
            // The relays end before the slaves: a slave that is told to end must not need them.
            try await ledger.close()
        }
    }

    /// Starts the master.
    func startMaster(port: Int) async throws {
        try await cluster.startMaster(port: port, settings: Self.settings, through: entrance(to: .master))
        masterLife.update { life in
            life.starts += 1
            life.isUp = true
        }
    }

    /// Starts a slave on a machine.
    func startSlave(on seat: Seat) async throws {
        let slave = try await cluster.addSlave(
            named: seat.machine.name,
            executors: Self.executors,
            port: seat.port,
            master: seat.relay.port,
            settings: Self.settings,
            through: entrance(to: seat.machine)
        )
        seat.take(slave)
    }

    /// Runs an operation with the master, and retries if the master was killed meanwhile.
    func patiently<Result>(_ work: () async throws -> Result) async throws -> Result {
        while true {
            let starts = try await masterLife.first { $0.isUp ? $0.starts : nil }
            do {
                return try await work()
            } catch let error as ConnectionFailure {
                let life = masterLife.value
                if life.isUp, life.starts == starts { throw error }
            }
        }
    }
}

// MARK: Disks and clocks

extension ChaosCluster {
    /// The wrappers of programs, as far as this system has them.
    private struct Surroundings {
        var disks: SmallDisks?
        var clocks: [Machine: SettableClock] = [:]

        /// Records a warning for each unavailable one, so that its faults are not taken for tested.
        init(_ cluster: RunningCluster, _ machines: [Machine]) async throws {
            do {
                let sizes = machines.map { ($0.directory(in: cluster), $0 == .master ? masterDiskSize : slaveDiskSize) }
                disks = try await SmallDisks.mount(Dictionary(uniqueKeysWithValues: sizes), for: cluster)
            } catch let reason as ProgramFailure {
                Issue.record("No disk is filled, because none can be mounted here: \(reason)", severity: .warning)
            }
            do {
                for machine in machines {
                    clocks[machine] = try await SettableClock(file: "\(cluster.scratch)/clock-\(machine.name)")
                }
            } catch let reason as ProgramFailure {
                Issue.record("No clock is set wrong, because none can be set here: \(reason)", severity: .warning)
            }
        }
    }

    private func entrance(to machine: Machine) -> [String] {
        (disks?.entrance ?? []) + (clocks[machine]?.entrance ?? [])
    }

    /// Returns the base directory of a machine.
    func directory(of machine: Machine) -> String { machine.directory(in: cluster) }

    /// Returns the outside path of a path inside the services' namespace.
    func visible(_ path: String) -> String { disks?.path(path) ?? path }

    /// Whether a fault can be tried on this system.
    func canTry(_ fault: Fault) -> Bool {
        switch fault {
        case .fillDisk: disks != nil
        case .jumpClock(let machine, _): clocks[machine] != nil
        default: true
        }
    }
}

extension Machine {
    fileprivate func directory(in cluster: RunningCluster) -> String { "\(cluster.scratch)/\(name)" }
}
