import ClusterRunnerDomain
import GRDB

/// A writer of changes, within its caller's transaction.
struct ChangeWriter: Sendable {
    // The requests written last. A build is written with every result; its request, which can be large, only after a
    // change.
    private var requests: [BuildID: BuildRequest] = [:]

    /// Writes the changes of one call of ``BuildStore/enqueue(_:)``.
    mutating func write(_ changes: [StoreChange], to db: Database) throws {
        for change in changes { try write(change, to: db) }
    }

    /// Forgets the written requests, after the transaction was rolled back.
    mutating func forget() {
        requests = [:]
    }

    private mutating func write(_ change: StoreChange, to db: Database) throws {
        switch change {
        case .build(let record): try write(record, to: db)
        case .subjobs(let records): try SubjobRecord.write(records, to: db)
        case .atoms(let records): try AtomRecord.write(records, to: db)
        case .timings(let projectID, let jobName, let timings):
            try AtomTiming.write(timings, projectID: projectID, jobName: jobName, to: db)
        case .attempt(let record): try record.write(to: db)
        case .cases(let sheet, let count): try sheet.write(to: db, keeping: count)
        case .slaveFailure(let build, let failure): try failure.write(build: build, to: db)
        case .commands(let build, let records): try CommandRecord.write(records, build: build, to: db)
        case .slaveHealth(_, let record?): try record.write(to: db)
        case .slaveHealth(let url, nil): try SlaveHealthRecord.remove(url: url, from: db)
        case .notification(let record): try record.write(to: db)
        case .removeNotification(let build, let target):
            try NotificationRecord.remove(build: build, target: target, from: db)
        case .event(let record): try record.write(to: db)
        case .counter(let counter, let value): try counter.raise(to: value, in: db)
        case .removeBuild(let id): try remove(build: id, from: db)
        }
    }

    private mutating func write(_ record: BuildRecord, to db: Database) throws {
        try record.write(to: db)
        let request = BuildRequest(record)
        if requests[record.id] != request { try request.write(to: db) }
        requests[record.id] = record.state.isFinal ? nil : request
    }

    private mutating func remove(build id: BuildID, from db: Database) throws {
        requests[id] = nil
        try SQLStatement("DELETE FROM builds WHERE id = ?", in: db).run(id)
    }
}
