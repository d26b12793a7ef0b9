import ClusterRunnerPlugin

/// Arguments and environment variables that are not UTF-8, carried by texts.
///
/// The parser of the command line and the settings know texts only. A byte that is no part of a character becomes one of
/// 256 characters of a private area; whatever names a file turns those back into bytes.
package enum ArgumentBytes {
    private static let firstMark: UInt32 = 0x10_FF00
    private static let marks = firstMark...0x10_FFFF

    /// The arguments of this process, without its own name.
    package static func ofProcess() -> [String] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { text(of: ByteString(cString: $0)) }
        }
    }

    /// The text that carries bytes; bytes that are UTF-8 are their own text.
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

    /// The bytes that a text carries.
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

    /// Whether a text carries bytes that are not UTF-8.
    static func isMarked(_ text: String) -> Bool { text.unicodeScalars.contains { marks.contains($0.value) } }

    /// A text as a person can read it.
    static func shown(_ text: String) -> String { isMarked(text) ? bytes(of: text).escaped : text }

    /// Refuses a text that carries bytes, where only text has a meaning.
    static func requireText(_ text: String?, of option: String) throws {
        guard let text, isMarked(text) else { return }
        throw ClusterRunnerError(.invalidArgument, "\(option) must be UTF-8 text, unlike \"\(shown(text))\".")
    }
}
