import ClusterRunnerDomain

/// A page of the dashboard: a value that holds what its template shows.
///
/// The template finds the stored properties by their names.
package protocol Page: Sendable {
    /// The template that shows it.
    static var template: Template { get }
    /// What the browser calls it.
    var title: String { get }
    /// Where it belongs; nil is a page that stands alone, without navigation.
    var section: Section? { get }
    /// What tells that it has changed; nil is a page that does not change by itself.
    var feed: LiveFeed? { get }
}

extension Page {
    package var feed: LiveFeed? { nil }
}

/// The parts of the dashboard, as its navigation lists them.
package enum Section: CaseIterable, Sendable {
    case builds, slaves, jobs

    /// What the navigation calls it.
    var label: String {
        switch self {
        case .builds: "Builds"
        case .slaves: "Slaves"
        case .jobs: "Jobs"
        }
    }

    /// Its first page.
    var path: String {
        switch self {
        case .builds: DashboardPath.builds
        case .slaves: DashboardPath.slaves
        case .jobs: DashboardPath.jobs
        }
    }
}

/// The events after which a page is read again.
package enum LiveFeed: Sendable, Equatable {
    /// Those of all builds and slaves.
    case everything
    /// Those of one build.
    case build(Int)

    /// The stream of these events from now on, beside the progress of builds.
    ///
    /// Not those of subjobs and atoms: progress tells of these once a second, however many there are.
    var path: String {
        let tags: [EventTag] = [
            .buildRequestQueued, .buildPrepareStart, .buildPrepareFinish, .buildSetupStart, .buildSetupFinish,
            .buildFinished, .buildResumed, .slaveConnected, .slaveLost, .slaveQuarantined, .slaveShutdown,
        ]
        let stream = "/v1/events?since_id=newest&tags=\(tags.map(\.rawValue).joined(separator: ","))"
        return switch self {
        case .everything: stream
        case .build(let id): "\(stream)&build=\(id)"
        }
    }
}
