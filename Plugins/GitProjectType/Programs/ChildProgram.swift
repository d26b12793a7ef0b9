import ClusterRunnerPlugin
import Glibc

/// Programs of git and ssh, run to their end.
///
/// Their names are fixed here in the sources; no part of a build request chooses one.
enum ChildProgram {
    /// The result of a program that was started.
    struct Outcome {
        let end: End
        /// Its standard output.
        let output: [UInt8]
        /// The last part of its standard error.
        let errors: [UInt8]
    }

    /// How a program ended.
    enum End: Equatable {
        case exited(Int32)
        case signaled(Int32)
        /// It was ended, for this reason.
        case ended(Reason)

        /// Why a program was ended before its time.
        enum Reason: Equatable {
            case stopped
            /// It wrote nothing for so long.
            case silent(Duration)
            /// It took longer than this in all.
            case late(Duration)
            case tooMuchOutput
        }
    }

    /// Limits of a program's run.
    struct Limits {
        /// The time without a byte of output; nil is no limit.
        var silence: Duration?
        /// The time in all.
        var overall: Duration
        /// Bytes of standard output.
        var output = 256 << 20

        /// For a program that answers one small question; a helper that asks a server needs a moment.
        static let question = Self(overall: .seconds(30), output: 1 << 20)
    }

    /// Runs a program; blocks until it has ended.
    ///
    /// `operands` are further arguments, which need not be UTF-8.
    ///
    /// It gets a session of its own, which has no terminal, so that nothing can ask on ours. When it is ended, so is all
    /// that it started.
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

    /// The output of a program; nil when it cannot be run, fails, or takes too long.
    ///
    /// Blocks. With `isFailureEmpty`, a program that ran and failed has an answer too: what it printed.
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

    /// The reason why a program could not be started.
    struct StartFailure: Error {
        /// The system's number of the error.
        let code: Int32

        /// Whether there is no such program.
        var isMissing: Bool { code == ENOENT }
    }
}
