import CSpawn
import Glibc

/// The mark of one command in the environments of its processes.
///
/// The variable `CLUSTERRUNNER_COOKIE` holds one component for each ClusterRunner that a process runs under, the outermost
/// first, such as `9f..e1-17` or `9f..e1-17/03..7c-2`. A process that was given another value is meant to outlive its
/// command, as with Jenkins's `BUILD_ID=dontKillMe`.
struct CommandCookie: Sendable {
    /// The variable.
    static let variable = "CLUSTERRUNNER_COOKIE"
    /// The longest value that is understood; a nested ClusterRunner adds some 20 bytes.
    private static let longestValue: Int32 = 1024

    /// The program that runs the commands: 16 random digits.
    let program: String
    /// The value under which this program runs itself.
    private let outer: String?

    /// Makes the marks of this program.
    init(program: String = Self.randomName(), outer: String? = getenv(Self.variable).map { String(cString: $0) }) {
        self.program = program
        self.outer = outer.map { value in
            // Its own component stands for this program's helpers.
            value.hasSuffix("-0") ? value.split(separator: "/").dropLast().joined(separator: "/") : value
        }
    }

    private static func randomName() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The value for the processes of a command; number 0 is for helpers of the program itself.
    func value(_ command: Int) -> String {
        guard let outer, !outer.isEmpty else { return "\(program)-\(command)" }
        return "\(outer)/\(program)-\(command)"
    }

    /// What the environment of a process says of its command.
    enum Owner: Sendable, Equatable {
        /// It belongs to a command of this program, by its number.
        case command(Int)
        /// It has another value: it may outlive its command, or has nothing to do with this program.
        case stranger
        /// It has no such variable, or its environment cannot be read.
        case unknown
    }

    /// The owner that a value names.
    func owner(named value: String) -> Owner {
        for component in value.split(separator: "/") where component.hasPrefix("\(program)-") {
            if let number = Int(component.dropFirst(program.utf8.count + 1)) { return .command(number) }
        }
        return .stranger
    }

    /// The owner of a process.
    func owner(of pid: pid_t) -> Owner {
        Self.value(of: pid).map { owner(named: $0) } ?? .unknown
    }

    /// The value that a process was started with.
    static func value(of pid: pid_t) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(longestValue)) { buffer in
            guard let start = buffer.baseAddress, cspawn_variable(pid, variable, start, longestValue) >= 0 else {
                return nil
            }
            return String(cString: start)
        }
    }
}
