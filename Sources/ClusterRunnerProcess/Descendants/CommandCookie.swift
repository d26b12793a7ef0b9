import CSpawn
import Glibc

/// The mark of one command in the environments of its processes.
///
/// The variable `CLUSTERRUNNER_COOKIE` holds one component for each ClusterRunner that a process runs under, the
/// outermost first, such as `9f..e1-17` or `9f..e1-17/03..7c-2`. A process with another value is meant to outlive its
/// command, as with Jenkins's `BUILD_ID=dontKillMe`.
struct CommandCookie: Sendable {
    /// The name of the variable.
    static let variable = "CLUSTERRUNNER_COOKIE"
    /// Maximum length of a value; a nested ClusterRunner adds about 20 bytes.
    private static let longestValue: Int32 = 1024

    /// The program that runs the commands: 16 random digits.
    let program: String
    /// The value in this program's own environment.
    private let outer: String?

    /// Makes the marks of this program.
    init(program: String = Self.randomName(), outer: String? = getenv(Self.variable).map { String(cString: $0) }) {
        self.program = program
        self.outer = outer.map { value in
            // A component of its own marks this program's helpers.
            value.hasSuffix("-0") ? value.split(separator: "/").dropLast().joined(separator: "/") : value
        }
    }

    private static func randomName() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Returns the value for the processes of a command; number 0 is for helpers of the program itself.
    func value(_ command: Int) -> String {
        guard let outer, !outer.isEmpty else { return "\(program)-\(command)" }
        return "\(outer)/\(program)-\(command)"
    }

    /// The owner of a process, according to its environment.
    enum Owner: Sendable, Equatable {
        /// A command of this program, by its number.
        case command(Int)
        /// Another value: the process may outlive its command, or is unrelated to this program.
        case stranger
        /// No such variable, or an unreadable environment.
        case unknown
    }

    /// Returns the owner that a value names.
    func owner(named value: String) -> Owner {
        for component in value.split(separator: "/") where component.hasPrefix("\(program)-") {
            if let number = Int(component.dropFirst(program.utf8.count + 1)) { return .command(number) }
        }
        return .stranger
    }

    /// Returns the owner of a process.
    func owner(of pid: pid_t) -> Owner {
        Self.value(of: pid).map { owner(named: $0) } ?? .unknown
    }

    /// Reads the value that a process was started with.
    static func value(of pid: pid_t) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(longestValue)) { buffer in
            guard let start = buffer.baseAddress, cspawn_variable(pid, variable, start, longestValue) >= 0 else {
                return nil
            }
            return String(cString: start)
        }
    }
}
