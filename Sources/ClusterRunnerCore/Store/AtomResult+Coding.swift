import Foundation

/// As JSON: `{"text": "..."}` where the output is valid UTF-8, `{"base64": "..."}` where it is not, `{}` for a file.
extension AtomResult.Console: Codable {
    private enum CodingKeys: String, CodingKey {
        case text
        case base64
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self = .inline(Array(text.utf8))
        } else if let data = try container.decodeIfPresent(Data.self, forKey: .base64) {
            self = .inline(Array(data))
        } else {
            self = .file
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        guard case .inline(let bytes) = self else { return }
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text, forKey: .text)
        } else {
            try container.encode(Data(bytes), forKey: .base64)
        }
    }
}
