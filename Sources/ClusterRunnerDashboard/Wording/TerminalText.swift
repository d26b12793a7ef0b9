/// Output of commands as plain text.
enum TerminalText {
    /// Text without the escape sequences and control characters by which programs steer a terminal.
    ///
    /// Newlines and tabs stay. Of a line that was written over with carriage returns, what was written last stays.
    static func plain(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var lineStart = result.endIndex
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            switch scalar {
            case "\u{1B}":
                next = skipSequence(from: next, &scalars)
            case "\r":
                if next != "\n", next != nil { result.removeSubrange(lineStart...) }
            case "\n":
                result.append(scalar)
                lineStart = result.endIndex
            case "\t":
                result.append(scalar)
            default:
                let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                if !isControl, !isOverride(scalar) { result.append(scalar) }
            }
        }
        return String(result)
    }

    /// Whether it changes the direction of what follows it, by which text can pretend to be another.
    private static func isOverride(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    /// Leaves out a sequence whose escape character was read; returns what follows it.
    private static func skipSequence(
        from first: Unicode.Scalar?,
        _ scalars: inout String.UnicodeScalarView.Iterator
    ) -> Unicode.Scalar? {
        guard let first else { return nil }
        switch first {
        case "[":
            while let scalar = scalars.next() {
                if (0x40...0x7E).contains(scalar.value) { return scalars.next() }
                guard (0x20...0x3F).contains(scalar.value) else { return scalar }
            }
            return nil
        case "]", "P", "X", "^", "_":
            return skipString(&scalars)
        case " "..."/":
            _ = scalars.next()
            return scalars.next()
        default:
            return scalars.next()
        }
    }

    /// Leaves out a string that a bell or `ESC \` ends; one that nothing ends on its line is left out up to there.
    private static func skipString(_ scalars: inout String.UnicodeScalarView.Iterator) -> Unicode.Scalar? {
        while let scalar = scalars.next() {
            switch scalar {
            case "\u{7}": return scalars.next()
            case "\u{1B}":
                _ = scalars.next()
                return scalars.next()
            case "\n": return scalar
            default: continue
            }
        }
        return nil
    }
}
