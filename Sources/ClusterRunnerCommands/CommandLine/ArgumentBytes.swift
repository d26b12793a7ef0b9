import ClusterRunnerPlugin

/// An encoding of arguments and environment variables that are not UTF-8 as texts.
///
/// The parser of the command line and the settings take texts only. A byte outside a valid character becomes one of 256
/// private-use characters; code that names files turns those back into bytes.
package enum ArgumentBytes {
    private static let firstMark: UInt32 = 0x10_FF00
    private static let marks = firstMark...0x10_FFFF

    /// Returns the arguments of this process, without its own name.
    package static func ofProcess() -> [String] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { text(of: ByteString(cString: $0)) }
        }
    }

    /// Encodes bytes; UTF-8 stays as it is.
    static func text(of bytes: ByteString) -> String {
        if let text = bytes.text, !isMarked(text) { return text }
        return Self.text(of: bytes.bytes)
    }

    private static func text(of bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = (1...4).first { length in
                length <= rest.count
                    && String(validating: rest.prefix(length), as: UTF8.self).map { !isMarked($0) } == true
            }
            if let length, let character = String(validating: rest.prefix(length), as: UTF8.self) {
                text += character.unicodeScalars
            } else if let byte = rest.first, let mark = Unicode.Scalar(firstMark + UInt32(byte)) {
                text.append(mark)
            }
            rest = rest.dropFirst(length ?? 1)
        }
        return String(text)
    }

    /// Decodes a text.
    static func bytes(of text: String) -> ByteString {
        guard isMarked(text) else { return ByteString(text) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if marks.contains(scalar.value) {
                bytes.append(UInt8(scalar.value - firstMark))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return ByteString(bytes)
    }

    /// Whether a text encodes bytes that are not UTF-8.
    static func isMarked(_ text: String) -> Bool { text.unicodeScalars.contains { marks.contains($0.value) } }

    /// Returns a readable form of a text.
    static func shown(_ text: String) -> String { isMarked(text) ? bytes(of: text).escaped : text }

    /// Refuses a text that encodes bytes, for an option that allows only text.
    static func requireText(_ text: String?, of option: String) throws {
        guard let text, isMarked(text) else { return }
        throw ClusterRunnerError(.invalidArgument, "\(option) must be UTF-8 text, unlike \"\(shown(text))\".")
    }
}
