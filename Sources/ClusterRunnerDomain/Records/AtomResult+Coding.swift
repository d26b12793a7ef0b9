import Foundation

/// The JSON form: members by name; `notes` is omitted when empty, `cases` when nil.
extension AtomResult {
    private enum CodingKeys: String, CodingKey {
        case exitCode, seconds, cause, console, hasArtifacts, notes, cases
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            exitCode: try container.decode(Int.self, forKey: .exitCode),
            seconds: try container.decode(Double.self, forKey: .seconds),
            cause: try container.decodeIfPresent(String.self, forKey: .cause),
            console: try container.decode(Console.self, forKey: .console),
            hasArtifacts: try container.decode(Bool.self, forKey: .hasArtifacts),
            notes: try container.decodeIfPresent([String].self, forKey: .notes) ?? [],
            cases: try container.decodeIfPresent(CaseCounts.self, forKey: .cases)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(exitCode, forKey: .exitCode)
        try container.encode(seconds, forKey: .seconds)
        try container.encodeIfPresent(cause, forKey: .cause)
        try container.encode(console, forKey: .console)
        try container.encode(hasArtifacts, forKey: .hasArtifacts)
        if !notes.isEmpty { try container.encode(notes, forKey: .notes) }
        try container.encodeIfPresent(cases, forKey: .cases)
    }
}

/// The JSON form: `{"text": "..."}` for valid UTF-8, `{"base64": "..."}` for other output, `{}` for a file.
extension AtomResult.Console: Codable {
    private enum CodingKeys: String, CodingKey {
        case text
        case base64
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self = .inline(Array(text.utf8))
        } else if let data = try container.decodeIfPresent(Data.self, forKey: .base64) {
            self = .inline(Array(data))
        } else {
            self = .file
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        guard case .inline(let bytes) = self else { return }
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text, forKey: .text)
        } else {
            try container.encode(Data(bytes), forKey: .base64)
        }
    }
}
