/// Credentials in texts that others may read: errors, logs, answers.
public enum Credentials {
    private static let mark = "***"
    /// The parts of names of query parameters that hold a secret, as those of presigned downloads do.
    private static let secretNames = [
        "token", "secret", "password", "passwd", "signature", "api_key", "apikey", "credential",
    ]

    /// The text with a mark in place of what each URL in it may authenticate with.
    ///
    /// That is the password before its host, the user too for http and https, where a token stands there as often, and the
    /// values of parameters whose names say that they are secret.
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

    /// `url` begins behind the scheme.
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
    /// The value without credentials in any text or name of it.
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
