/// The templates of the pages and of parts that several pages share.
package enum Template: String, CaseIterable, Sendable {
    case layout
    case builds
    case buildHeader
    case build
    case atoms
    case cases
    case caseHistory
    case setup
    case artifacts
    case timeline
    case console
    case slaves
    case slave
    case jobs
    case history
    case login
    case pager
    case progress
    case problem

    /// Its text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: [UInt8] {
        switch self {
        case .layout: PackageResources.layout_mustache
        case .builds: PackageResources.builds_mustache
        case .buildHeader: PackageResources.buildHeader_mustache
        case .build: PackageResources.build_mustache
        case .atoms: PackageResources.atoms_mustache
        case .cases: PackageResources.cases_mustache
        case .caseHistory: PackageResources.caseHistory_mustache
        case .setup: PackageResources.setup_mustache
        case .artifacts: PackageResources.artifacts_mustache
        case .timeline: PackageResources.timeline_mustache
        case .console: PackageResources.console_mustache
        case .slaves: PackageResources.slaves_mustache
        case .slave: PackageResources.slave_mustache
        case .jobs: PackageResources.jobs_mustache
        case .history: PackageResources.history_mustache
        case .login: PackageResources.login_mustache
        case .pager: PackageResources.pager_mustache
        case .progress: PackageResources.progress_mustache
        case .problem: PackageResources.problem_mustache
        }
    }
}
