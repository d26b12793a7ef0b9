import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerPlugin
import Foundation

/// The verb `clusterrunner slaves`.
struct SlavesVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slaves",
        abstract: "List the slaves of a master and what they do."
    )

    @OptionGroup var master: MasterOptions

    func run() async throws {
        let slaves = try await master.withMaster { try await $0.slaves() }
        try master.print(["slaves": .array(slaves)]) {
            let list = SlaveList(slaves: slaves.compactMap(\.object), now: Date().timeIntervalSince1970)
            return list.lines(width: Terminal.width, style: try master.style())
        }
    }
}
