/// A pattern of SQL for texts that contain another one.
enum LikePattern {
    /// The pattern, in which `\` takes the meaning from what follows it; nil is any text.
    static func containing(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let special: Set<Character> = ["\\", "%", "_"]
        return "%" + text.flatMap { special.contains($0) ? ["\\", $0] : [$0] } + "%"
    }
}
