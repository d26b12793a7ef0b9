import ClusterRunnerDomain
import GRDB

/// A state that is stored as a small number, since every row of the largest tables has one.
protocol StoredCase: SQLValue, Equatable {
    /// The cases in the order of their numbers, from 0.
    ///
    /// The order is part of the file format: a new case is added at the end, none is moved or removed.
    static var stored: [Self] { get }
}

extension StoredCase {
    /// The number of this case; -1, which the tables refuse, if it is missing from the list above.
    var number: Int { Self.stored.firstIndex(of: self) ?? -1 }

    func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        number.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: SQLiteStatement) throws {
        let number = Int(column: column, of: statement)
        guard Self.stored.indices.contains(number) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(number) stands for no \(Self.self)")
        }
        self = Self.stored[number]
    }
}

extension BuildState: StoredCase {
    static let stored: [Self] = [.queued, .preparing, .prepared, .building, .finished, .error, .canceled]
}

extension BuildResult: StoredCase {
    static let stored: [Self] = [.noFailures, .failure]
}

extension SubjobState: StoredCase {
    static let stored: [Self] = [.queued, .inProgress, .completed, .canceled]
}

extension SlaveFailure.Stage: StoredCase {
    static let stored: [Self] = [.setup, .run]
}

/// The numbers grow with the attention that an outcome needs, so that the largest of several is the one to tell.
extension CaseOutcome: StoredCase {
    static let stored: [Self] = [.skipped, .passed, .flaky, .error, .failed]
}

extension AtomState: StoredCase {
    static let stored: [Self] = [.notStarted, .inProgress, .completed, .canceled]
}
