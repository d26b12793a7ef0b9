import ClusterRunnerPlugin

/// Lists of strings in the form that starts a program.
///
/// All strings of a list share one buffer: an environment has dozens, and an allocation for each would add up.
struct CStrings {
    typealias List = UnsafePointer<UnsafeMutablePointer<CChar>?>

    private var bytes: [UInt8] = []
    private var offsets: [Int] = []

    /// Creates a list of strings.
    init(_ strings: [String]) {
        for string in strings {
            offsets.append(bytes.count)
            bytes += string.utf8
            bytes.append(0)
        }
    }

    /// Creates a list of variables as `NAME=VALUE`, with the mark of a command unless they have one.
    init(variables: [ByteString: ByteString], cookie: String) {
        bytes.reserveCapacity(variables.count * 48)
        offsets.reserveCapacity(variables.count)
        for (name, value) in variables {
            offsets.append(bytes.count)
            name.withBytes { bytes += $0 }
            bytes.append(UInt8(ascii: "="))
            value.withBytes { bytes += $0 }
            bytes.append(0)
        }
        guard variables[ByteString(CommandCookie.variable)] == nil else { return }
        offsets.append(bytes.count)
        bytes += "\(CommandCookie.variable)=\(cookie)".utf8
        bytes.append(0)
    }

    /// Calls `body` with two NULL-terminated lists, which are valid until it returns.
    static func withPointers<Result>(
        to first: CStrings,
        _ second: CStrings,
        _ body: (List, List) throws -> Result
    ) rethrows -> Result {
        var (first, second) = (first, second)
        return try first.withPointers { first in
            try second.withPointers { second in try body(first, second) }
        }
    }

    private mutating func withPointers<Result>(_ body: (List) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeMutableBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            let pointers = offsets.map { offset in start.map { $0 + offset } } + [nil]
            return try pointers.withUnsafeBufferPointer { list in
                guard let start = list.baseAddress else { preconditionFailure("The list has at least its NULL.") }
                return try body(start)
            }
        }
    }
}
