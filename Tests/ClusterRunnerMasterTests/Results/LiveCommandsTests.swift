import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct LiveCommandsTests {
    private let commands = LiveCommands()
    private let now = Moment(wall: 1000, uptime: .seconds(100))

    private func slave(_ id: SlaveID) -> SlaveStateMachine {
        var cluster = Cluster(lastBuild: 0, lastSlave: id.rawValue - 1, lastLease: 0)
        var decisions = ClusterDecisions()
        _ = cluster.register(url: "s\(id):1", sessionID: "\(id)", executors: 1, at: now, &decisions)
        guard let slave = cluster.slave(id) else { preconditionFailure("It was just registered.") }
        return slave
    }

    private func take(_ text: String, at offset: Int, slave id: SlaveID = 1) -> Int {
        let report = CommandReport(
            build: 1,
            kind: .setup,
            command: "make",
            age: 4,
            offset: offset,
            bytes: Data(text.utf8)
        )
        return commands.take(report, from: slave(id), at: now)
    }

    private func run(_ exitCode: Int) -> CommandRun {
        CommandRun(kind: .setup, command: "make", exitCode: exitCode, output: "", seconds: 1)
    }

    @Test func `Output is taken where it goes on, and said where that is`() {
        #expect(take("one", at: 0) == 3)
        #expect(take("one", at: 0) == 3)
        #expect(take("late", at: 9) == 3)
        #expect(take("two", at: 3) == 6)
        let command = commands.commands(of: 1).first
        #expect(command?.tail == Array("onetwo".utf8))
        #expect(command?.startedAt == 996)
        #expect(command?.slaveURL == "s1:1")
        #expect(commands.commands(of: 2).isEmpty)
    }

    @Test func `Only the end of a long output is kept`() {
        let text = String(repeating: "x", count: CommandRun.outputLimit)
        #expect(take(text, at: 0) == text.utf8.count)
        #expect(take("end", at: text.utf8.count) == text.utf8.count + 3)
        #expect(commands.commands(of: 1).first?.tail.count == CommandRun.outputLimit)
        #expect(commands.commands(of: 1).first?.tail.suffix(3) == Array("end".utf8)[...])
    }

    @Test func `A command that has ended is kept for its readers until the next one of its kind begins`() {
        _ = take("one", at: 0)
        commands.end([run(3)], build: 1, slave: 1)
        #expect(commands.commands(of: 1).map(\.hasEnded) == [true])
        #expect(commands.commands(of: 1).map(\.exitCode) == [3])
        #expect(take("again", at: 0) == 5)
        #expect(commands.commands(of: 1).map(\.hasEnded) == [false])
        for id in (2...100).map(SlaveID.init(rawValue:)) {
            _ = take("x", at: 0, slave: id)
            commands.end([run(0)], build: 1, slave: id)
        }
        #expect(commands.commands(of: 1).count == 65)
    }

    @Test func `What a slave ran that is gone is dropped`() {
        _ = take("one", at: 0)
        _ = take("one", at: 0, slave: 2)
        commands.drop(slave: 1)
        #expect(commands.commands(of: 1).map(\.slaveID) == [2])
    }
}
