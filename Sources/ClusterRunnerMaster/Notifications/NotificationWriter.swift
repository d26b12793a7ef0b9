import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerScheduling
import ClusterRunnerWire

/// Writes the bodies of notifications: the answer of `GET /v1/build/N`, and the facts of the notification.
struct NotificationWriter: Sendable {
    let store: any BuildStore
    let status: BuildRepresentation.Status
    /// The URL of the master for people.
    let masterURL: @Sendable () async -> String

    /// A notification's body with the facts in it.
    struct Written: Sendable {
        let record: BuildRecord
        let facts: NotificationBody.Facts
        let bytes: [UInt8]
    }

    /// Writes the body of a notification; nil when the build no longer exists.
    func write(_ due: DueNotification) async throws -> Written? {
        guard let build = try await store.build(due.build)?.rewound(to: due.state) else { return nil }
        let isFinal = build.state.isFinal
        let form = BuildRepresentation(
            build,
            .init(version: .v1, v1Status: status),
            failedAtoms: isFinal ? try await store.atoms(of: build, .failed) : [],
            flakyAtoms: isFinal ? try await store.atoms(of: build, .flaky) : []
        )
        let page = DashboardPath.build(build.id)
        let facts = NotificationBody.Facts(build, masterURL: await masterURL(), page: page)
        let body = NotificationBody(build: form, notification: facts)
        let bytes = try AnswerText.of(body, childRoutes: MasterRoutes.buildChildRoutes)
        return Written(record: build, facts: facts, bytes: bytes)
    }
}
