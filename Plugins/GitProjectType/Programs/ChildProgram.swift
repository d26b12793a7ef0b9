import ClusterRunnerPlugin
import Glibc

/// Runs of git and ssh to their end.
///
/// Their names are fixed in the sources; no part of a build request chooses one.
enum ChildProgram {
    /// The result of a run.
    struct Outcome {
        let end: End
        /// Its standard output.
        let output: [UInt8]
        /// The last part of its standard error.
        let errors: [UInt8]
    }

    /// The end of a run.
    enum End: Equatable {
        case exited(Int32)
        case signaled(Int32)
        /// It was ended, for this reason.
        case ended(Reason)

        /// The reason why a program was ended early.
        enum Reason: Equatable {
            case stopped
            /// It wrote nothing for that long.
            case silent(Duration)
            /// It ran longer than this in total.
            case late(Duration)
            case tooMuchOutput
        }
    }

    /// Limits of a program's run.
    struct Limits {
        /// Maximum time without output; nil means no limit.
        var silence: Duration?
        /// Maximum time in total.
        var overall: Duration
        /// Maximum size of standard output in bytes.
        var output = 256 << 20

        /// For a program that answers one small question; a helper may have to ask a server.
        static let question = Self(overall: .seconds(30), output: 1 << 20)
    }

    /// Runs a program; blocks until it has ended.
    ///
    /// `operands` are further arguments, which need not be UTF-8.
    ///
    /// The program gets a session of its own without a terminal, so that it cannot prompt on ours. When it is ended
    /// early, so are all processes that it started.
    ///
    /// - Throws: ``StartFailure`` when it cannot be started.
    static func run(
        _ arguments: [String],
        operands: [ByteString] = [],
        input: String = "",
        environment: [String: String],
        limits: Limits,
        stop: StopFlag = StopFlag()
    ) throws(StartFailure) -> Outcome {
        let program = try RunningProgram(
            arguments.map { ByteString($0) } + operands,
            input: input,
            environment: environment
        )
        var watch = ProgramWatch(program: program, limits: limits, stop: stop)
        return watch.untilEnd()
    }

    /// Returns the output of a program; nil when it cannot be run, fails, or takes too long.
    ///
    /// Blocks. With `isFailureEmpty`, the output of a failed program is returned too.
    static func output(
        of arguments: [String],
        input: String = "",
        environment: [String: String],
        isFailureEmpty: Bool = false
    ) -> String? {
        guard let outcome = try? run(arguments, input: input, environment: environment, limits: .question) else {
            return nil
        }
        switch outcome.end {
        case .exited(let code) where code == 0 || isFailureEmpty:
            return String(decoding: outcome.output, as: UTF8.self)
        default:
            return nil
        }
    }

    /// The error of a program that could not be started.
    struct StartFailure: Error {
        /// The system's error number.
        let code: Int32

        /// Whether the program does not exist.
        var isMissing: Bool { code == ENOENT }
    }
}
