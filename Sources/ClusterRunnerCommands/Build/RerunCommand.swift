import ClusterRunnerPlugin

/// The command that runs what failed in a build once more, in the form for a shell.
struct RerunCommand: Sendable, Equatable {
    /// The words of the command.
    let words: [String]

    /// The options that choose atoms, each with whether a value follows.
    private static let choices = ["--atom": true, "--only": true, "--repeat": true, "--failed": false]

    /// Makes the command from the arguments of a build: the same build, with `--failed` in place of its choices.
    init(_ arguments: [String]) {
        var words = ["clusterrunner"]
        var rest = arguments[...]
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard let takesValue = parts.first.flatMap({ Self.choices[String($0)] }) else {
                words.append(word)
                continue
            }
            if takesValue, parts.count == 1 { _ = rest.popFirst() }
        }
        self.words = words + ["--failed"]
    }

    /// The command in one line, quoted where a shell would change it.
    var text: String { words.map(Self.quoted).joined(separator: " ") }

    /// The characters that no shell interprets within a word.
    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=".utf8)

    private static func quoted(_ word: String) -> String {
        let bytes = ArgumentBytes.bytes(of: word)
        guard bytes.text != nil else { return "$'\(ansi(bytes))'" }
        if !word.isEmpty, word.utf8.allSatisfy(plain.contains) { return word }
        // A line break in a word would look like the end of the command.
        if word.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "$'\(ansi(bytes))'" }
        return "'\(word.replacing("'", with: #"'\''"#))'"
    }

    private static func ansi(_ bytes: ByteString) -> String {
        bytes.bytes.map { byte in
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "'"): "\\\(Character(Unicode.Scalar(byte)))"
            case 0x20..<0x7F: "\(Character(Unicode.Scalar(byte)))"
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        .joined()
    }
}
