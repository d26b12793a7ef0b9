package import HTTPTypes

/// The requested part of a file (`Range`, RFC 9110).
///
/// One range is answered. Several ranges, other units and malformed ranges get the whole file, as the standard allows.
package enum ByteRange: Sendable, Equatable {
    /// The whole file.
    case whole
    /// These bytes of it.
    case part(Range<Int>)
    /// No bytes: the range begins behind the end of the file.
    case unsatisfiable

    /// Reads the headers of a request for a file of `size` bytes in the version that `tag` names.
    package init(_ headers: HTTPFields, size: Int, tag: String) {
        self = .whole
        guard let text = headers[.range], text.hasPrefix("bytes=") else { return }
        // The part of another version would not fit the part that the client has.
        if let condition = headers[.ifRange], condition != tag { return }
        let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return }
        self = Self.read(ends[0], ends[1], size) ?? .whole
    }

    private static func read(_ first: Substring, _ last: Substring, _ size: Int) -> Self? {
        switch (number(first), number(last)) {
        case (nil, let count?) where first.isEmpty:
            return count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        case (let start?, nil) where last.isEmpty:
            return start < size ? .part(start..<size) : .unsatisfiable
        case (let start?, let end?) where start <= end:
            return start < size ? .part(start..<min(size, end < size ? end + 1 : size)) : .unsatisfiable
        default:
            return nil
        }
    }

    private static func number(_ text: Substring) -> Int? {
        text.isEmpty || !text.utf8.allSatisfy { (48...57).contains($0) } ? nil : Int(text)
    }

    /// The status of the answer.
    package var status: HTTPResponse.Status {
        switch self {
        case .whole: .ok
        case .part: .partialContent
        case .unsatisfiable: .rangeNotSatisfiable
        }
    }

    /// Returns the bytes of the answer.
    package func bytes(of size: Int) -> Range<Int> {
        switch self {
        case .whole: 0..<size
        case .part(let range): range
        case .unsatisfiable: 0..<0
        }
    }

    /// Returns the header `Content-Range`; nil when the answer is the whole file.
    package func contentRange(of size: Int) -> String? {
        switch self {
        case .whole: nil
        case .part(let range): "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        case .unsatisfiable: "bytes */\(size)"
        }
    }
}
