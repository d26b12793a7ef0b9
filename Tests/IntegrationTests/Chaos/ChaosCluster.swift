import ClusterRunnerConcurrency
import ClusterRunnerWire
import Foundation
import Testing

/// A master and four slaves, each behind a network of its own and with a disk and a clock of its own, that may all be
/// killed, frozen, cut off, filled and set wrong.
final class ChaosCluster: Sendable {
    /// Without a sign of life for so long a slave is lost.
    static let lease = Duration.seconds(3)
    private static let settings = """
        heartbeat_interval = 0.5
        unresponsive_slaves_cleanup_interval = \(lease.components.seconds)
        min_free_disk_mb = 8
        """
    /// How many executors each slave has.
    static let executors = 2
    /// The MiB of a slave's disk, and of the master's.
    private static let (slaveDiskSize, masterDiskSize) = (24, 128)

    let cluster: RunningCluster
    let ledger: Ledger
    let seats: [Seat]
    /// Nil when this system does not allow them.
    let disks: SmallDisks?
    /// Empty when this system does not have them.
    let clocks: [Machine: SettableClock]
    let masterLife = Watched(MasterLife())
    let masterDisk = Watched(MasterDisk())
    let kills = Lock<[Kill]>([])
    /// How long faults took, in seconds, by kind.
    let durations = Lock<[String: [Double]]>([:])
    /// The builds that were under way while a disk was full.
    let shortOfSpace = Lock<Set<Int>>([])

    /// A machine: whichever slave runs on it has its address, its base directory and its network.
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
        /// The slave that was started last.
        var slave: RunningProgram? { slaves.withLock { $0.last } }

        func take(_ slave: RunningProgram) { slaves.withLock { $0.append(slave) } }
    }

    /// How often the master was started, and whether it runs.
    struct MasterLife: Sendable {
        var starts = 0
        var isUp = false
    }

    /// How often the master's disk was filled, and whether it is full.
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

    /// Lends a cluster of that many slaves to `body`.
    static func with(slaves: Int, _ body: (ChaosCluster) async throws -> Void) async throws {
        var processes: [pid_t] = []
        try await RunningCluster.withNothing { cluster in
            defer { processes = cluster.processes }
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
            // The relays go before the slaves: a slave that is told to end must not need them.
            try await ledger.close()
        }
        SettableClock.removeTraces(of: processes)
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

    /// Does something with the master, again when the master was killed meanwhile.
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
    /// What programs are started through, as far as this system has it.
    private struct Surroundings {
        var disks: SmallDisks?
        var clocks: [Machine: SettableClock] = [:]

        /// Records a warning for each of the two that cannot be had, so that nobody takes the faults for tried.
        init(_ cluster: RunningCluster, _ machines: [Machine]) async throws {
            do {
                let sizes = machines.map { ($0.directory(in: cluster), $0 == .master ? masterDiskSize : slaveDiskSize) }
                disks = try await SmallDisks.mount(Dictionary(uniqueKeysWithValues: sizes), for: cluster)
            } catch let reason as ProgramFailure {
                Issue.record("No disk is filled, because none can be mounted here: \(reason)", severity: .warning)
            }
            do {
                for machine in machines {
                    clocks[machine] = try SettableClock(file: "\(cluster.scratch)/clock-\(machine.name)")
                }
            } catch let reason as ProgramFailure {
                Issue.record("No clock is set wrong, because none can be set here: \(reason)", severity: .warning)
            }
        }
    }

    private func entrance(to machine: Machine) -> [String] {
        (disks?.entrance ?? []) + (clocks[machine]?.entrance ?? [])
    }

    /// The base directory of a machine.
    func directory(of machine: Machine) -> String { machine.directory(in: cluster) }

    /// Where a path of the services is found from here.
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
