import ClusterRunnerAPI
import ClusterRunnerCore
import Foundation
import FoundationNetworking
import Testing

/// A master and four slaves, each behind a network of its own, that may all be killed, frozen and cut off.
final class ChaosCluster: Sendable {
    /// Without a sign of life for so long a slave is lost.
    static let lease = Duration.seconds(3)
    private static let settings = """
        heartbeat_interval = 0.5
        unresponsive_slaves_cleanup_interval = \(lease.components.seconds)
        """

    let cluster: RunningCluster
    let ledger: Ledger
    let seats: [Seat]
    let masterLife = Watched(MasterLife())
    let kills = Lock<[Kill]>([])

    /// A machine: whichever slave runs on it has its address, its base directory and its network.
    final class Seat: Sendable {
        let name: String
        let port: Int
        let relay: Relay
        private let slaves = Lock<[RunningProgram]>([])

        init(name: String, port: Int, relay: Relay) {
            (self.name, self.port, self.relay) = (name, port, relay)
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

    /// The death of a slave.
    struct Kill: Sendable {
        let relay: Int
        let time: Double
        let fault: Fault
    }

    private init(_ cluster: RunningCluster, _ ledger: Ledger, _ seats: [Seat]) {
        (self.cluster, self.ledger, self.seats) = (cluster, ledger, seats)
    }

    /// Lends a cluster of that many slaves to `body`.
    static func with(slaves: Int, _ body: (ChaosCluster) async throws -> Void) async throws {
        try await RunningCluster.withNothing { cluster in
            let ledger = try Ledger("\(cluster.scratch)/ledger")
            let port = try Socket.stablePort()
            let seats = try (0..<slaves).map {
                Seat(name: "seat-\($0)", port: try Socket.stablePort(), relay: try Relay(toMaster: port))
            }
            let chaos = ChaosCluster(cluster, ledger, seats)
            defer { seats.forEach { $0.relay.close() } }
            try await chaos.startMaster(port: port)
            for seat in seats { try await chaos.startSlave(on: seat) }
            try await body(chaos)
            // The relays go before the slaves: a slave that is told to end must not need them.
            try await ledger.close()
        }
    }

    /// Starts the master.
    func startMaster(port: Int) async throws {
        try await cluster.startMaster(port: port, settings: Self.settings)
        masterLife.update { life in
            life.starts += 1
            life.isUp = true
        }
    }

    /// Starts a slave on a machine.
    func startSlave(on seat: Seat) async throws {
        let slave = try await cluster.addSlave(
            named: seat.name,
            executors: 2,
            port: seat.port,
            master: seat.relay.port,
            settings: Self.settings
        )
        seat.take(slave)
    }

    /// Does something with the master, again when the master was killed meanwhile.
    func patiently<Result>(_ work: () async throws -> Result) async throws -> Result {
        while true {
            let starts = try await masterLife.first { $0.isUp ? $0.starts : nil }
            do {
                return try await work()
            } catch let error as URLError {
                let life = masterLife.value
                if life.isUp, life.starts == starts { throw error }
            }
        }
    }
}
