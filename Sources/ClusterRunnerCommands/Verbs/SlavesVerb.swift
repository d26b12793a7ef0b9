import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The verb `clusterrunner slaves`.
struct SlavesVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slaves",
        abstract: "List the slaves of a master, or keep them from work.",
        usage: """
            clusterrunner slaves [<options>]
            clusterrunner slaves drain|resume|remove <slave> ... [<options>]
            """,
        discussion: """
            A drained slave finishes what it runs, stays connected, and gets no more work until it is resumed. A removed \
            one ends when it has finished what it runs.
            """
    )

    /// The changes of a slave.
    enum Change: String, ExpressibleByArgument, CaseIterable {
        case drain, resume, remove
    }

    @OptionGroup var master: MasterOptions

    @Argument(help: "The change of the slaves: drain, resume or remove.")
    var change: Change?

    @Argument(
        help: "The names or numbers of the slaves.",
        completion: .custom { words, _, _ in await ShellCompletions(words).slaves() }
    )
    var slaves: [String] = []

    func validate() throws {
        guard let change, slaves.isEmpty else { return }
        throw ValidationError("Say which slaves, by name or number: clusterrunner slaves \(change.rawValue) NAME")
    }

    func run() async throws {
        guard let change else { return try await list() }
        try await master.withMaster { client in
            let known = try await client.slaves()
            // All are found before the first is changed.
            for slave in try slaves.map({ try SlaveChoice(text: $0).find(among: known) }) {
                let message = try await apply(change, to: slave, client)
                let answer: JSONValue = ["slave_id": .integer(slave.id), "message": .string(message)]
                try master.print(answer) { [message] }
            }
        }
    }

    private func apply(_ change: Change, to slave: SlaveRepresentation, _ client: MasterClient) async throws -> String {
        switch change {
        case .drain: return try await client.setDraining(true, slave: slave.id)
        case .resume: return try await client.setDraining(false, slave: slave.id)
        case .remove:
            try await client.shutDown(slaves: [slave.id])
            return "\(ShutdownVerb.sentence(slaves: [slave.id], of: "\(client.address)"))"
        }
    }

    private func list() async throws {
        let slaves = try await master.withMaster { try await $0.slaves() }
        try master.print(SlavesAnswer(slaves)) {
            let list = SlaveList(slaves: slaves, now: Date().timeIntervalSince1970)
            return list.lines(width: Terminal.width, style: try master.style())
        }
    }
}
