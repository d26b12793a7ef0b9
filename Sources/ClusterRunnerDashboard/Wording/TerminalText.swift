/// Output of commands as plain text.
enum TerminalText {
    /// Text without the escape sequences and control characters by which programs steer a terminal.
    ///
    /// Newlines and tabs stay. Of a line that was written over with carriage returns, what was written last stays.
    static func plain(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var lineStart = result.endIndex
        var isWrittenOver = false
        var scanner = TerminalScanner(text)
        while let token = scanner.next() {
            switch token {
            case .character(let scalar):
                if isWrittenOver { result.removeSubrange(lineStart...) }
                isWrittenOver = false
                result.append(scalar)
            case .newline:
                result.append("\n")
                lineStart = result.endIndex
                isWrittenOver = false
            case .carriageReturn: isWrittenOver = true
            case .style: break
            }
        }
        return String(result)
    }
}
