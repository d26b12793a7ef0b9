/// An SQL pattern for texts that contain another one.
enum LikePattern {
    /// Returns the pattern, with `\` as the escape character; nil matches any text.
    static func containing(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let special: Set<Character> = ["\\", "%", "_"]
        return "%" + text.flatMap { special.contains($0) ? ["\\", $0] : [$0] } + "%"
    }
}
