extension String {
    /// The text with one full stop at its end, whether it had one or none.
    ///
    /// For what another program or library says: some of them end in one.
    package var asSentence: String {
        guard let end = lastIndex(where: { !$0.isWhitespace }) else { return self }
        let text = self[...end]
        return ".!?".contains(self[end]) ? String(text) : text + "."
    }

    /// The text without a full stop at its end, for the middle of a sentence.
    package var asClause: String {
        guard let end = lastIndex(where: { !$0.isWhitespace }) else { return self }
        let text = self[...end]
        return text.hasSuffix(".") && !text.hasSuffix("..") ? String(text.dropLast()) : String(text)
    }
}

extension DefaultStringInterpolation {
    /// Appends what another program, library or error says, without a full stop at its end: the sentence around it has one.
    package mutating func appendInterpolation(clause text: some Any) {
        appendLiteral("\(text)".asClause)
    }

    /// Appends the same as a sentence of its own.
    package mutating func appendInterpolation(sentence text: some Any) {
        appendLiteral("\(text)".asSentence)
    }
}
