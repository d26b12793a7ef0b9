package import ClusterRunnerDomain

/// A page of the dashboard: a value that holds what its template shows.
///
/// The template finds the stored properties by their names.
package protocol Page: Sendable {
    /// The template of the page.
    static var template: Template { get }
    /// The title in the browser.
    var title: String { get }
    /// The section of the page; nil for a page without navigation.
    var section: Section? { get }
    /// The events that tell of changes; nil for a static page.
    var feed: LiveFeed? { get }
}

extension Page {
    package var feed: LiveFeed? { nil }
}

/// The sections of the dashboard, in the order of its navigation.
package enum Section: CaseIterable, Sendable {
    case builds, slaves, jobs

    /// The label in the navigation.
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
    /// The events of all builds and slaves.
    case everything
    /// The events of one build.
    case build(BuildID)

    /// The path of the stream of these events from now on, including the progress of builds.
    ///
    /// Events of subjobs and atoms are left out: progress summarises them once a second, however many there are.
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
