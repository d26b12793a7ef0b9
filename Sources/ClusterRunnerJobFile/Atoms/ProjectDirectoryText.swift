/// The text `$PROJECT_DIR`, which stands for the project's path in atoms.
///
/// All functions work on bytes: a path is bytes, and neighbouring bytes may form one character of a string.
enum ProjectDirectoryText {
    private static let placeholder = Array("$PROJECT_DIR".utf8)
    private static let slash = UInt8(ascii: "/")

    /// Whether the placeholder starts at an index, and is not the beginning of a longer name.
    static func isPlaceholder(in bytes: ArraySlice<UInt8>, at index: Int) -> Bool {
        guard bytes[index...].starts(with: placeholder) else { return false }
        let end = index + placeholder.count
        return end == bytes.endIndex || !ShellName.isNameByte(bytes[end])
    }

    /// The length of the placeholder.
    static var length: Int { placeholder.count }

    /// Replaces each occurrence of the project's path by the placeholder.
    ///
    /// An occurrence begins and ends where a path does: `/p2`, `/p-old`, `/x/p` and `x/p` do not contain `/p`.
    static func insert(for path: [UInt8], into line: ArraySlice<UInt8>) -> [UInt8] {
        let path = trimmed(path)
        // Every path is below the root, so a placeholder for it would carry no information.
        guard path.count > 1, path.first == slash else { return Array(line) }
        return replace(path.count, by: placeholder, in: line) { index in
            isMention(of: path, in: line, at: index)
        }
    }

    /// Replaces each placeholder by the project's path.
    static func expand(_ bytes: [UInt8], to path: [UInt8]) -> [UInt8] {
        replace(length, by: trimmed(path), in: bytes[...]) { isPlaceholder(in: bytes[...], at: $0) }
    }

    private static func isMention(of path: [UInt8], in line: ArraySlice<UInt8>, at index: Int) -> Bool {
        guard line[index] == slash, line[index...].starts(with: path) else { return false }
        let end = index + path.count
        let endsThere = end == line.endIndex || line[end] == slash || isDelimiter(line[end])
        return endsThere && isStart(line[..<index])
    }

    /// Whether a path can begin after these bytes.
    private static func isStart(_ before: ArraySlice<UInt8>) -> Bool {
        guard let last = before.last else { return true }
        // The path of a URL begins right after the slashes of its scheme.
        return isDelimiter(last) || before.suffix(3).elementsEqual("://".utf8)
    }

    /// Whether a byte separates paths.
    private static func isDelimiter(_ byte: UInt8) -> Bool {
        " \t\"'`=:,;|&()[]{}<>$^".utf8.contains(byte)
    }

    private static func replace(
        _ count: Int,
        by replacement: [UInt8],
        in bytes: ArraySlice<UInt8>,
        where isMatch: (Int) -> Bool
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if isMatch(index) {
                result += replacement
                index += count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func trimmed(_ path: [UInt8]) -> [UInt8] {
        var path = path
        while path.count > 1, path.last == slash { path.removeLast() }
        return path
    }
}
