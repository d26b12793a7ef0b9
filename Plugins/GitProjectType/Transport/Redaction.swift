import Foundation

/// Removal of credentials from texts of other programs.
struct Redaction: Sendable {
    private let secrets: [String]

    /// Hides these words, in all their encodings in addresses, and everything that looks like credentials in an
    /// address.
    init(hiding secrets: [String]) {
        let spellings = secrets.flatMap { [$0, $0.removingPercentEncoding ?? $0] }
        // A short one would occur within harmless words; in addresses it is hidden all the same.
        self.secrets = Set(spellings).filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// Returns the text without credentials and without control characters.
    func callAsFunction(_ text: String) -> String {
        var text = text
        for secret in secrets { text = text.replacing(secret, with: "***") }
        text = text.replacing(#/:\/\/[^\/\s'"]*@/#, with: "://")
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isControl ? "?" : $0 }))
    }

    /// Finds the passwords, and users that may be tokens, in all addresses of a text.
    static func userInfo(in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).flatMap { line -> [String] in
            guard let start = line.range(of: "://"), let end = line.lastIndex(of: "@"), start.upperBound < end else {
                return []
            }
            let scheme = line[..<start.lowerBound]
            let parts = line[start.upperBound..<end].split(separator: ":", maxSplits: 1).map(String.init)
            // The user of an ssh address names an account, and a short user is no token.
            let isToken = !scheme.hasSuffix("ssh") && parts[0].utf8.count >= 16
            return isToken ? parts : Array(parts.dropFirst())
        }
    }

    /// Returns the words after the name of a header.
    static func words(ofHeader header: String) -> [String] {
        header.split(separator: ":", maxSplits: 1).dropFirst().flatMap { $0.split(separator: " ") }
            .filter { !["basic", "bearer", "token"].contains($0.lowercased()) }
            .map(String.init)
    }
}
