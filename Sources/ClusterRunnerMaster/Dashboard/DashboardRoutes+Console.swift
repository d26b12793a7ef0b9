import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Foundation
import Hummingbird

/// The output of atoms.
extension DashboardRoutes {
    var consoleRoutes: [Route] {
        [
            page("dashboard/builds/{build_id}/subjobs/{subjob_id}/atoms/{atom_id}") { request in
                try await console(request)
            }
        ]
    }

    /// The lines on one page of a search.
    private static let matchLimit = 100

    private func console(_ request: RouteRequest) async throws -> ConsolePage {
        let build = try await master.build(request)
        let subjob = try await master.subjob(request, of: build)
        let atom = try await master.atom(request, of: subjob)
        let choice = ConsoleChoice(request.fields)
        // Before the lines are read, so that a follower that starts here misses nothing.
        let size = size(of: atom)
        let attempts = try await master.attempts(of: atom)
        return ConsolePage(
            build,
            live: await live(build),
            atom: FoundAtom(record: atom, isHeld: subjob.state == .inProgress),
            attempts: attempts,
            window: await window(of: atom, in: subjob, choice),
            choice: choice,
            offset: atom.state.isFinal || build.state.isFinal || choice.attempt != nil ? nil : size,
            found: try await matches(atom, choice),
            slaves: await slaveNames,
            now: now
        )
    }

    private func window(of atom: AtomRecord, in subjob: SubjobRecord, _ choice: ConsoleChoice) async -> ConsoleWindow {
        // No output is shown if the atom has not begun or its files are being removed.
        let excerpt = try? await master.excerpt(
            of: atom,
            choice.attempt,
            in: subjob,
            choice.offset,
            ConsoleWindow.size
        )
        guard let excerpt else { return ConsoleWindow(first: 0, count: 0, total: 0, text: "") }
        return ConsoleWindow(
            first: excerpt.offset,
            count: excerpt.count,
            total: excerpt.total,
            text: String(decoding: excerpt.content, as: UTF8.self)
        )
    }

    private func size(of atom: AtomRecord) -> Int {
        switch master.folders.output(of: atom) {
        case .bytes(let bytes): bytes.count
        case .file(let path, _, _): (try? ReadableFile(path: path))?.size ?? 0
        case nil: 0
        }
    }

    private func matches(
        _ atom: AtomRecord,
        _ choice: ConsoleChoice
    ) async throws -> (lines: [(number: Int, text: String)], next: Int?)? {
        guard let text = choice.search else { return nil }
        let output = try await master.output(of: atom, attempt: choice.attempt)
        let found = try await master.search(output, for: text, from: choice.searchFrom, limit: Self.matchLimit)
        return (found.lines.map { ($0.number, $0.text) }, found.next)
    }
}
