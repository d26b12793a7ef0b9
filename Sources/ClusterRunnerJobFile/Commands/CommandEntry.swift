import ClusterRunnerPlugin

/// One entry of a job's command lists, with its place in the file.
package struct CommandEntry: Sendable, Equatable {
    /// The name of the file in errors.
    package let file: String
    /// The job.
    package let job: String
    /// The job's key.
    package let key: String
    /// The shell text to run.
    package let text: String
    /// The place of the text's first character if lines of the text are lines of the file, otherwise that of the entry.
    let mark: YAMLMark?
    /// Whether lines of the text are lines of the file.
    let hasLines: Bool

    /// Creates an entry from its value in the file.
    init(file: String, job: String, key: JobKey, scalar: YAMLScalar?, text: String, at mark: YAMLMark?) {
        self.file = file
        self.job = job
        self.key = key.rawValue
        self.text = CommandList.cleaned(text)
        if let begin = scalar?.blockMark {
            self.mark = YAMLMark(line: begin.line + CommandList.skippedLines(of: text), column: begin.column)
            hasLines = true
        } else {
            self.mark = mark
            hasLines = false
        }
    }
}

extension CommandEntry {
    /// Makes the fault of an entry that a shell cannot parse, in the shell's words.
    ///
    /// The line is relative to the text, from 1; the token is the part of it that the shell names.
    package func fault(_ problem: String, line: Int, token: String?) -> JobFileFault {
        // A shell reports a premature end after the last line.
        let line = min(line, text.utf8.count { $0 == UInt8(ascii: "\n") } + 1)
        let column = column(of: token, line: line)
        return JobFileFault(
            file: file,
            line: mark.map { hasLines ? $0.line + line - 1 : $0.line },
            column: mark.map { hasLines ? $0.column + column : $0.column },
            job: job,
            key: key,
            found: "the command \(excerpt(of: text)), which the shell cannot read (\(problem))",
            expected: "a command that is complete by itself: its quotes, braces, here-documents and blocks closed",
            suggestion: nil
        )
    }

    /// Counts the characters before the last occurrence of a token in a line, or before the first word.
    private func column(of token: String?, line: Int) -> Int {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return 0 }
        let characters = Array(lines[line - 1].unicodeScalars)
        let sought = Array((token ?? "").unicodeScalars)
        let last = sought.isEmpty ? nil : characters.indices.last { characters[$0...].starts(with: sought) }
        return last ?? characters.firstIndex { $0 != " " && $0 != "\t" } ?? 0
    }
}
