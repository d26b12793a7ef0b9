import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerWire
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
        try master.print(SlavesAnswer(slaves)) {
            let list = SlaveList(slaves: slaves, now: Date().timeIntervalSince1970)
            return list.lines(width: Terminal.width, style: try master.style())
        }
    }
}
