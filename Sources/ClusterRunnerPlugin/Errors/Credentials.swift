/// Masking of credentials in texts that others may read: errors, logs, answers.
public enum Credentials {
    private static let mark = "***"
    /// Parts of the names of secret query parameters, such as those of presigned downloads.
    private static let secretNames = [
        "token", "secret", "password", "passwd", "signature", "api_key", "apikey", "credential",
    ]

    /// Masks the credentials in the URLs of a text.
    ///
    /// Masked are the password before the host, the user name of http and https URLs too (a token often stands there),
    /// and the values of query parameters whose names mark them as secret.
    public static func masked(in text: String) -> String {
        guard text.contains("://") else { return text }
        var result = ""
        var rest = text[...]
        while let separator = rest.firstRange(of: "://") {
            let scheme = rest[..<separator.lowerBound].suffix(5).lowercased()
            result += rest[..<separator.upperBound]
            rest = rest[separator.upperBound...]
            let url = rest.prefix { !$0.isWhitespace && !"\"'<>`".contains($0) }
            result += masked(url: url, isHTTP: scheme.hasSuffix("http") || scheme.hasSuffix("https"))
            rest = rest[url.endIndex...]
        }
        return result + rest
    }

    /// Masks one URL; `url` begins after the scheme.
    private static func masked(url: Substring, isHTTP: Bool) -> String {
        let authority = url.prefix { !"/?#".contains($0) }
        let rest = url[authority.endIndex...]
        guard let at = authority.lastIndex(of: "@") else { return authority + maskedQuery(rest) }
        let user = authority[..<at]
        let name = user.prefix { $0 != ":" }
        let shown = isHTTP ? mark : name.count < user.count ? "\(name):\(mark)" : String(name)
        return shown + authority[at...] + maskedQuery(rest)
    }

    private static func maskedQuery(_ rest: Substring) -> String {
        guard let question = rest.firstIndex(of: "?") else { return String(rest) }
        let fields = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = fields.map { field in
            guard let sign = field.firstIndex(of: "="), isSecret(field[..<sign]) else { return String(field) }
            return field[...sign] + mark
        }
        return rest[...question] + shown.joined(separator: "&")
    }

    private static func isSecret(_ name: Substring) -> Bool {
        let name = name.lowercased()
        return name == "sig" || name == "key" || secretNames.contains(where: name.contains)
    }
}

extension JSONValue {
    /// The value with the credentials in all its texts and names masked.
    public var withoutCredentials: JSONValue {
        switch self {
        case .string(let text): .string(Credentials.masked(in: text))
        case .array(let values): .array(values.map(\.withoutCredentials))
        case .object(let members):
            .object(
                Dictionary(members.map { (Credentials.masked(in: $0.key), $0.value.withoutCredentials) }) { $1 }
            )
        default: self
        }
    }
}
