import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The admission of builds and uploads, which refuses with 503 when the master is full.
final class Admission: Sendable {
    let limits: AdmissionLimits
    private let directory: String
    private let uploads = Lock(0)

    init(limits: AdmissionLimits, directory: String) {
        self.limits = limits
        self.directory = directory
    }

    /// Refuses a new build when the disk is nearly full or too many builds wait; `obstacle` is an error of the store.
    func checkBuild(unfinished: Int, obstacle: ClusterRunnerError? = nil) throws {
        try checkBacklog(unfinished: unfinished)
        do { try checkRoom(for: 0) } catch let want as WantOfRoom { throw want.answer }
        if let obstacle {
            throw ClusterRunnerError(.unavailable, "No build can be stored now. \(obstacle.message)", cause: obstacle)
        }
    }

    /// Refuses a new build when too many builds are unfinished.
    func checkBacklog(unfinished: Int) throws {
        guard unfinished >= limits.unfinishedBuilds else { return }
        throw ClusterRunnerError(
            .unavailable,
            "\(unfinished) builds are not finished, and max_unfinished_builds is \(limits.unfinishedBuilds). "
                + "Try again later."
        )
    }

    /// The free bytes on the disk; nil when they cannot be told.
    var freeBytes: Int? { (try? DiskSpace(at: directory))?.freeBytes }

    /// Refuses `bytes` that would leave too little of the disk free.
    ///
    /// - Throws: ``WantOfRoom``.
    func checkRoom(for bytes: Int) throws {
        let free = try DiskSpace(at: directory).freeBytes
        guard free - bytes < limits.freeBytes else { return }
        let purpose = bytes >> 20 > 0 ? " for an upload of \(bytes >> 20) MiB" : ""
        let place = "on the disk of \(directory)\(purpose), and min_free_disk_mb is \(limits.freeBytes >> 20)"
        throw WantOfRoom(reason: "only \(free >> 20) MiB are free \(place)")
    }

    /// The lack of room on the disk, or its failure.
    struct WantOfRoom: Error {
        /// The reason, without a full stop.
        let reason: String

        /// The answer to the request that needs the room.
        var answer: ClusterRunnerError {
            let sentence = reason.prefix(1).uppercased() + reason.dropFirst()
            let advice = "Free some, or keep fewer builds (results_retention_days, results_max_builds)."
            return ClusterRunnerError(.unavailable, "\(sentence). \(advice)")
        }
    }

    /// Runs an upload, unless too many are running.
    func upload<Result>(_ operation: () async throws -> Result) async throws -> Result {
        let isIn = uploads.withLock { running in
            guard running < limits.uploads else { return false }
            running += 1
            return true
        }
        guard isIn else {
            throw ClusterRunnerError(.unavailable, "\(limits.uploads) uploads are running already. Try again later.")
        }
        defer { uploads.withLock { $0 -= 1 } }
        return try await operation()
    }
}

/// The limits of admission.
package struct AdmissionLimits: Sendable, Equatable {
    /// The bytes that must be free on the disk of the results for a new build.
    package var freeBytes: Int
    /// The maximum number of unfinished builds.
    package var unfinishedBuilds: Int
    /// The maximum number of concurrent uploads.
    package var uploads: Int
    /// The maximum size of an uploaded project, in bytes.
    package var uploadBytes: Int

    /// Creates limits with the defaults of a configuration file.
    package init(
        freeBytes: Int = 512 << 20,
        unfinishedBuilds: Int = 1000,
        uploads: Int = 32,
        uploadBytes: Int = 4 << 30
    ) {
        self.freeBytes = freeBytes
        self.unfinishedBuilds = unfinishedBuilds
        self.uploads = uploads
        self.uploadBytes = uploadBytes
    }
}
