import ClusterRunnerPlugin
import GRDB

/// The name of a store in errors.
struct StoreName: Sendable, CustomStringConvertible {
    let description: String

    /// Names a store in a file.
    init(path: String) {
        description = "the database \"\(path)\""
    }

    /// The name of a store in memory.
    static let memory = Self(description: "the database in memory")

    private init(description: String) {
        self.description = description
    }

    /// The error of a closed store.
    var closedError: ClusterRunnerError {
        ClusterRunnerError(.failed, "Cannot write to \(self): it is closed.")
    }

    /// Makes an error for users: the failed operation, the database, and SQLite's reason.
    ///
    /// Failures that may pass are ``ClusterRunnerError/Code/unavailable``, except while the store is opened.
    func error(_ verb: String, _ error: any Error, isOpen: Bool = true) -> ClusterRunnerError {
        switch error {
        case let error as ClusterRunnerError:
            error
        case let error as DatabaseError:
            ClusterRunnerError(
                isOpen && error.mayPass ? .unavailable : .failed,
                "Cannot \(verb) \(self): \(reason(error)).\(advice(error))",
                cause: error
            )
        default:
            ClusterRunnerError(.failed, "Cannot \(verb) \(self): \(clause: error).", cause: error)
        }
    }

    private func reason(_ error: DatabaseError) -> String {
        "\(error.message ?? "no reason was given") (SQLite error \(error.extendedResultCode.rawValue))"
    }

    private func advice(_ error: DatabaseError) -> String {
        switch error.resultCode {
        case .SQLITE_FULL: " Make room on its disk."
        case .SQLITE_BUSY: " Another program holds it: end that one first."
        case .SQLITE_IOERR: " See to its disk: it fails, or a quota is used up."
        case .SQLITE_READONLY, .SQLITE_CANTOPEN: " Make it and its directory writable."
        case .SQLITE_NOTADB: " Restore it from a backup, or move it away to start anew."
        case .SQLITE_CORRUPT:
            " Either its disk cannot be read now (the kernel's log says so), or it is damaged: then restore it from a "
                + "backup, or move it away to start anew."
        default: ""
        }
    }
}

extension DatabaseError {
    /// Whether the same call may succeed later.
    fileprivate var mayPass: Bool {
        switch resultCode {
        case .SQLITE_BUSY, .SQLITE_CANTOPEN, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_LOCKED, .SQLITE_NOMEM,
            .SQLITE_READONLY:
            true
        default: false
        }
    }
}
