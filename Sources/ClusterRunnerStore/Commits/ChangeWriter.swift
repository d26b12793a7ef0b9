import ClusterRunnerDomain
import GRDB

/// Writes changes, in the transaction that its caller has begun.
struct ChangeWriter: Sendable {
    // A build is written with every result; its request, which can be large, only when it is another than last time.
    private var requests: [Int: BuildRequest] = [:]

    /// Writes the changes of one call of ``BuildStore/enqueue(_:)``.
    mutating func write(_ changes: [StoreChange], to db: Database) throws {
        for change in changes { try write(change, to: db) }
    }

    /// Forgets what was written: the transaction was undone.
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
        case .slaveFailure(let build, let failure): try failure.write(build: build, to: db)
        case .commands(let build, let records): try CommandRecord.write(records, build: build, to: db)
        case .slaveHealth(_, let record?): try record.write(to: db)
        case .slaveHealth(let url, nil): try SlaveHealthRecord.remove(url: url, from: db)
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

    private mutating func remove(build id: Int, from db: Database) throws {
        requests[id] = nil
        try SQLStatement("DELETE FROM builds WHERE id = ?", in: db).run(id)
    }
}
