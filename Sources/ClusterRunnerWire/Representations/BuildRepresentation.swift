package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The form of builds in answers.
package struct BuildRepresentation: Sendable {
    /// The values of `status` in v1.
    package enum Status: String, Sendable, CaseIterable {
        /// `BUILDING`, `SUCCESS` or `FAILURE`, as documented for the API.
        case documented
        /// The values of ClusterRunner 1.x: `QUEUED` until work is handed out, then `BUILDING`, `FINISHED`, `ERROR` or
        /// `CANCELED`; the result of a build in `ERROR` is null.
        case legacy
    }

    private let version: APIVersion
    private let v1Status: Status

    /// Creates a representation.
    package init(version: APIVersion, v1Status: Status) {
        self.version = version
        self.v1Status = v1Status
    }

    /// Represents one build as a JSON object.
    ///
    /// `failedAtoms` and `flakyAtoms` are those of a build that has ended. Before the end, `waitingFor` says what it
    /// waits for and `outlook` has its further progress.
    package func object(
        _ build: BuildRecord,
        failedAtoms: [AtomRecord],
        flakyAtoms: [AtomRecord] = [],
        waitingFor: String? = nil,
        outlook: BuildOutlook? = nil
    ) -> JSONValue {
        let isFinal = build.state.isFinal
        var members: [String: JSONValue] = [
            "id": .integer(build.id),
            "status": .string(status(of: build)),
            "result": result(of: build),
            "details": details(of: build).map(JSONValue.string) ?? .null,
            "num_subjobs": build.progress.subjobs.map(JSONValue.integer) ?? (isFinal ? 0 : .null),
            "num_atoms": build.progress.atoms.map(JSONValue.integer) ?? (isFinal ? 0 : .null),
            "failed_atoms": isFinal ? .array(failedAtoms.map { AtomRepresentation.object($0) }) : .null,
            "flaky_atoms": isFinal ? .array(flakyAtoms.map { AtomRepresentation.object($0) }) : .null,
            "progress": Self.progress(of: build, outlook),
            "waiting_for": waitingFor.map(JSONValue.string) ?? .null,
            "artifacts": isFinal ? .string(APIPath.artifacts(build: build.id, format: "tar.gz")) : .null,
            "error_message": build.errorMessage.map { .string(Credentials.masked(in: $0)) } ?? .null,
            "notes": .array(build.notes.map(JSONValue.string)),
            "request_params": requestParameters(of: build),
            "state_timestamps": timestamps(of: build),
            "job_name": build.jobName.map(JSONValue.string) ?? .null,
        ]
        if version == .v1 { members["state"] = .string(build.state.rawValue) }
        return .object(members)
    }

    /// Represents the progress of a build; after its end the record suffices.
    package static func progress(of build: BuildRecord, _ outlook: BuildOutlook?) -> JSONValue {
        let isFinal = build.state.isFinal
        let secondsLeft = isFinal ? 0 : outlook?.secondsLeft.map { ($0 * 10).rounded() / 10 }
        return [
            "atoms": build.progress.atoms.map(JSONValue.integer) ?? (isFinal ? 0 : .null),
            "done": .integer(build.progress.completedAtoms),
            "failed": .integer(build.progress.failedAtoms),
            "flaky": .integer(build.progress.flakyAtoms),
            "never_ran": .integer(build.progress.unrunAtoms),
            "running": (isFinal ? 0 : outlook?.running).map(JSONValue.integer) ?? .null,
            "expected_seconds_left": secondsLeft.map(JSONValue.number) ?? .null,
        ]
    }

    private func status(of build: BuildRecord) -> String {
        guard version == .v1 else { return build.state.rawValue }
        switch v1Status {
        case .legacy:
            let isPreparing = build.state == .preparing || build.state == .prepared
            return (isPreparing ? .queued : build.state).rawValue
        case .documented:
            guard build.state.isFinal else { return "BUILDING" }
            return build.result == .noFailures ? "SUCCESS" : "FAILURE"
        }
    }

    private func result(of build: BuildRecord) -> JSONValue {
        if version == .v1, v1Status == .legacy, build.state == .error { return .null }
        return build.result.map { .string($0.rawValue) } ?? .null
    }

    private func details(of build: BuildRecord) -> String? {
        guard let total = build.progress.subjobs ?? (build.state.isFinal ? 0 : nil) else { return nil }
        let done = build.progress.completedSubjobs
        // Tenths of a percent, rounded half up, without a formatter, which would use the locale.
        let tenths = total == 0 ? 0 : (done * 2000 + total) / (2 * total)
        return "\(done) of \(total) subjobs are complete (\(tenths / 10).\(tenths % 10)%).\(unrun(in: build))"
    }

    /// Describes the atoms that never ran, for a build that `fail_fast` has ended or is about to end.
    private func unrun(in build: BuildRecord) -> String {
        let count = build.progress.unrunAtoms
        guard count > 0, build.state == .finished || build.state == .building else { return "" }
        return count == 1
            ? " 1 atom never ran, because of fail_fast." : " \(count) atoms never ran, because of fail_fast."
    }

    /// Returns the parameters of the request, without credentials: every client may read a build.
    private func requestParameters(of build: BuildRecord) -> JSONValue {
        let values = build.parameters.values.mapValues(\.withoutCredentials)
        return .object(values.merging(["type": .string(build.projectType)]) { $1 })
    }

    private func timestamps(of build: BuildRecord) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for state in BuildState.allCases {
            members[state.rawValue.lowercased()] = build.timestamps[state].map(JSONValue.number) ?? .null
        }
        return .object(members)
    }
}
