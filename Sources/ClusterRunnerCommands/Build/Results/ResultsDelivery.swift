import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire
import Glibc

/// The delivery of an ended build's results into their directory.
struct ResultsDelivery: Sendable {
    let client: MasterClient
    let archiver: any Archiver
    let directory: ResultsDirectory
    let selection: ResultsSelection
    /// The time without an answer after which the results are given up.
    let patience: Duration
    let timekeeper: Timekeeper
    /// Tells of a delivery that takes long; nil is silent.
    var notes: DeliveryNotes?

    /// The outcomes of a delivery.
    enum Outcome: Sendable {
        /// The results are in place. `besideEarlier` means that results of an earlier build stayed too; the notes tell
        /// what the file system did not take.
        case delivered(besideEarlier: Bool, notes: [String] = [])
        case failed(any Error)
    }

    /// Delivers the results; an error is an outcome, because the end of the build must still be reported.
    ///
    /// A build in which nothing ran leaves the results of an earlier one, except for its reports, so that their readers
    /// do not take the earlier build for this one.
    func deliver(_ status: BuildRepresentation) async -> Outcome {
        guard let notes else { return await bring(status) }
        return await notes.during { await bring(status) }
    }

    private func bring(_ status: BuildRepresentation) async -> Outcome {
        let ranNothing = status.state != .finished && status.progress.done == 0
        do {
            var omissions = ArchiveNotes()
            let besideEarlier = try await directory.replace(keepsOthers: ranNothing) { staging in
                try await download(status.id, to: staging.archive)
                notes?.downloaded(FileStatus(path: staging.archive)?.size ?? 0)
                omissions = try await archiver.extract(staging.archive, into: staging.fresh, limits: ArchiveLimits())
                unlink(staging.archive)
            }
            notes?.unpacked()
            return .delivered(besideEarlier: besideEarlier, notes: omissions.lines)
        } catch {
            return .failed(error)
        }
    }

    /// Downloads the archive; starts over when the connection breaks.
    private func download(_ build: BuildID, to path: String) async throws {
        let start = timekeeper.now.uptime
        var failures = 0
        while true {
            do {
                return try await client.downloadArtifacts(build: build, of: selection, to: path)
            } catch let error as MasterUnreachable where timekeeper.now.uptime - start < patience {
                failures += 1
                if failures == 1 { Terminal.printError("\(error) Downloading the results again.") }
                try await timekeeper.sleep(for: RetryPolicy().delay(afterFailures: failures, last: error))
            }
        }
    }
}

extension ResultsDelivery.Outcome {
    /// Returns the directory with the slowest atoms; nil unless the results have all atoms of the build.
    func directoryOfAllAtoms(_ directory: ResultsDirectory, _ selection: ResultsSelection) -> String? {
        guard case .delivered(besideEarlier: false, _) = self, selection == .all else { return nil }
        return directory.path
    }

    /// Returns the place of the results.
    func place(_ directory: ResultsDirectory) -> ResultsPlace {
        switch self {
        case .delivered(let besideEarlier, _): ResultsPlace(path: directory.title, isBesideEarlier: besideEarlier)
        case .failed: ResultsPlace(path: nil)
        }
    }

    /// The maximum number of notes shown.
    private static let mostNotes = 10

    /// Returns lines about results that the file system of their directory did not take.
    func omissions(_ directory: ResultsDirectory) -> [String] {
        guard case .delivered(_, let notes) = self, !notes.isEmpty else { return [] }
        let more = notes.count - Self.mostNotes
        return ["Not all results could be put into \(TerminalText.line(directory.title)):"]
            + notes.prefix(Self.mostNotes).map { "  \(TerminalText.line($0))" }
            + (more > 0 ? ["  and \(more) more."] : [])
    }

    /// Returns a sentence about missing results; nil when they are in place.
    func failure(_ status: BuildRepresentation, of client: MasterClient, isEmbedded: Bool) -> String? {
        guard case .failed(let error) = self else { return nil }
        let reason = (error as? ClusterRunnerError)?.message ?? "\(error)"
        let remedy =
            isEmbedded
            ? ""
            : " They stay on the master: \(client.address.url)"
                + APIPath.artifacts(build: status.id, format: "tar.gz")
        return "The results of build \(status.id) could not be put into their directory. \(reason.asSentence)\(remedy)"
    }
}
