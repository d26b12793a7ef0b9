import ClusterRunnerDomain

/// The outcome of an atom in JUnit's terms.
enum JUnitVerdict: Sendable, Equatable {
    /// The atom passed.
    case passed
    /// The atom ran and failed.
    case failure(Complaint)
    /// The atom's command is not to blame.
    case error(Complaint)
    /// The atom has no result, for a reason: it never ran, or was not run again after a failure.
    case skipped(String)

    /// A message for people and a type for filters.
    struct Complaint: Sendable, Equatable {
        let message: String
        let type: String
    }

    /// Judges an atom by its result, or without one by its runs that did not count.
    init(_ atom: AtomRecord, _ attempts: [AttemptRecord], in build: BuildRecord) {
        if let result = atom.result {
            self = result.isFailure ? Self(ofFailure: result) : .passed
        } else {
            self.init(ofUnfinished: attempts, in: build)
        }
    }

    private init(ofFailure result: AtomResult) {
        let complaint = Complaint(result)
        let isOfTests = result.cause == nil || result.cause == Self.timeout || result.isDisagreement
        self = isOfTests ? .failure(complaint) : .error(complaint)
    }

    private init(ofUnfinished attempts: [AttemptRecord], in build: BuildRecord) {
        if let last = attempts.last, last.isObstructed, build.state == .error {
            let message = "It could not be run: \(last.result.cause ?? "no reason is known")"
            self = .error(Complaint(message: message, type: "could_not_run"))
        } else if let failed = attempts.last(where: { !$0.isObstructed }) {
            let complaint = Complaint(failed.result)
            let message = "\(complaint.message), and it was not run again: \(Self.ending(of: build))"
            self = .skipped(message)
        } else {
            self = .skipped("It never ran: \(Self.ending(of: build))")
        }
    }

    static let timeout = "timeout"

    fileprivate static func firstLine(of text: String?) -> String { String((text ?? "").prefix { $0 != "\n" }) }

    private static func ending(of build: BuildRecord) -> String {
        switch build.state {
        case .canceled: "the build was canceled."
        case .error: "the build ended in error. \(firstLine(of: build.errorMessage))"
        case .finished: "fail_fast ended the build after another atom had failed."
        case .queued, .preparing, .prepared, .building: "the build has not ended."
        }
    }
}

extension JUnitVerdict.Complaint {
    /// Makes the complaint about a failed run.
    init(_ result: AtomResult) {
        let type: String
        switch result.cause {
        case nil: type = "exit_code"
        case _ where result.isDisagreement: type = "report"
        case JUnitVerdict.timeout: type = "timeout"
        default: type = "not_run_to_its_end"
        }
        self.init(message: result.cause ?? "Exit code \(result.exitCode)", type: type)
    }

    /// Makes the complaint about a build that never reached its end; nil for one that did.
    init?(_ build: BuildRecord) {
        switch build.state {
        case .error:
            let message = JUnitVerdict.firstLine(of: build.errorMessage)
            self.init(message: message.isEmpty ? "The build ended in error." : message, type: "build_error")
        case .canceled:
            self.init(message: "The build was canceled before all atoms had run.", type: "build_canceled")
        case .queued, .preparing, .prepared, .building, .finished: return nil
        }
    }
}
