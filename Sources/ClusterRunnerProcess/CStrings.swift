/// Lists of strings in the form that starting a program takes.
enum CStrings {
    typealias List = UnsafePointer<UnsafeMutablePointer<CChar>?>

    /// Calls `body` with two NULL-terminated lists, which live until it returns.
    static func withPointers<Result>(
        to first: [String],
        _ second: [String],
        _ body: (List, List) throws -> Result
    ) rethrows -> Result {
        try withPointers(to: first) { first in
            try withPointers(to: second) { second in try body(first, second) }
        }
    }

    /// All strings share one buffer: an environment has dozens, and an allocation for each would add up.
    private static func withPointers<Result>(to strings: [String], _ body: (List) throws -> Result) rethrows -> Result {
        var bytes: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(bytes.count)
            bytes.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return try bytes.withUnsafeMutableBufferPointer { buffer in
            let pointers = offsets.map { offset in buffer.baseAddress.map { $0 + offset } } + [nil]
            return try pointers.withUnsafeBufferPointer { list in
                guard let start = list.baseAddress else { preconditionFailure("The list has at least its NULL.") }
                return try body(start)
            }
        }
    }
}
