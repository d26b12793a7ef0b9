package import ClusterRunnerDomain

/// The stored notifications at the start of a master, adapted to its present targets.
///
/// The notifications for a target that was removed pass to the targets of its kind that were added, so that a corrected
/// URL gets what the wrong one missed. A target that was added follows unfinished builds from their present state on.
package struct NotificationTakeover: Sendable, Equatable {
    /// The records to follow.
    package private(set) var records: [NotificationRecord] = []
    /// The changes to store.
    package private(set) var changes: [StoreChange] = []
    /// The records that no present target takes over.
    package private(set) var dropped: [NotificationRecord] = []

    /// Adapts stored records; `unfinished` has the states of the unfinished builds.
    package init(
        stored: [NotificationRecord],
        unfinished: [BuildID: BuildState],
        targets: [NotificationTarget]
    ) {
        let byBuild = Dictionary(grouping: stored, by: \.build)
        for build in Set(byBuild.keys).union(unfinished.keys).sorted() {
            adapt(build, byBuild[build] ?? [], unfinished[build], targets)
        }
    }

    private mutating func adapt(
        _ build: BuildID,
        _ stored: [NotificationRecord],
        _ state: BuildState?,
        _ targets: [NotificationTarget]
    ) {
        let names = Set(targets.map(\.name))
        let orphans = stored.filter { !names.contains($0.target) }
        for target in targets {
            if let record = stored.first(where: { $0.target == target.name }) {
                records.append(record)
            } else {
                add(target, build, orphans.filter { $0.kind == target.kind }, state)
            }
        }
        let kinds = targets.map(\.kind)
        for orphan in orphans {
            changes.append(.removeNotification(build: build, target: orphan.target))
            if !kinds.contains(where: { $0 == orphan.kind }) { dropped.append(orphan) }
        }
    }

    private mutating func add(
        _ target: NotificationTarget,
        _ build: BuildID,
        _ orphans: [NotificationRecord],
        _ state: BuildState?
    ) {
        let settled: BuildState?
        if let earliest = orphans.min(by: { ($0.settled?.step ?? 0) < ($1.settled?.step ?? 0) }) {
            settled = earliest.settled
        } else if let state {
            settled = BuildState.allCases.first { $0.step == state.step - 1 }
        } else {
            return
        }
        let record = NotificationRecord(build: build, target: target.name, settled: settled)
        records.append(record)
        changes.append(.notification(record))
    }
}
