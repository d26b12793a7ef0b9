extension String {
    /// The text with exactly one full stop at its end.
    ///
    /// For messages of other programs and libraries, some of which end in one.
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
    /// Appends the message of another program, library or error without its full stop, for the middle of a sentence.
    package mutating func appendInterpolation(clause text: some Any) {
        appendLiteral("\(text)".asClause)
    }

    /// Appends such a message as a sentence of its own.
    package mutating func appendInterpolation(sentence text: some Any) {
        appendLiteral("\(text)".asSentence)
    }
}
