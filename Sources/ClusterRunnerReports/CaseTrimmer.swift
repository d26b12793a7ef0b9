import ClusterRunnerDomain

/// Cuts the texts of cases to the limits of a report.
struct CaseTrimmer {
    private let limits: ReportLimits
    private var textBytes = 0

    init(_ limits: ReportLimits) {
        self.limits = limits
    }

    /// Returns a case with shorter texts.
    mutating func trimmed(_ each: TestCase) -> TestCase {
        var each = each
        each.name = name(each.name)
        each.className = each.className.map(name)
        each.file = each.file.map(name)
        each.failure = each.failure.flatMap { words($0) }
        each.otherFailures = each.otherFailures.map { words($0) ?? CaseFailure() }
        return each
    }

    /// Cuts a name in its middle; the number of the whole one keeps different names different.
    private func name(_ text: String) -> String {
        guard text.utf8.count > limits.name else { return text }
        let mark = "…\(String(Self.number(of: text), radix: 36))…"
        let room = max(0, limits.name - mark.utf8.count)
        return text.beginning(room / 2) + mark + text.end(room - room / 2)
    }

    /// The FNV-1a hash of a text, which is the same in all runs of the program.
    private static func number(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private mutating func words(_ failure: CaseFailure) -> CaseFailure? {
        var message = failure.message.map { $0.beginning(limits.message) }
        var text = failure.text.map(details)
        textBytes += (message?.utf8.count ?? 0) + (text?.utf8.count ?? 0)
        if textBytes > limits.allTexts { (message, text) = (nil, nil) }
        let words = CaseFailure(message: message, type: failure.type.map(name), text: text)
        return words == CaseFailure() ? nil : words
    }

    private func details(_ text: String) -> String {
        guard text.utf8.count > limits.text else { return text }
        let (start, end) = (text.beginning(limits.text / 2), text.end(limits.text / 2))
        let left = text.utf8.count - start.utf8.count - end.utf8.count
        return "\(start)\n[… \(left) bytes are left out …]\n\(end)"
    }
}

extension String {
    /// Returns the scalars at the beginning that need at most that many bytes.
    fileprivate func beginning(_ bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var index = utf8.index(startIndex, offsetBy: bytes)
        while !isBoundary(index) { utf8.formIndex(before: &index) }
        return String(self[..<index])
    }

    /// Returns the scalars at the end that need at most that many bytes.
    fileprivate func end(_ bytes: Int) -> String {
        guard utf8.count > bytes else { return self }
        var index = utf8.index(endIndex, offsetBy: -bytes)
        while !isBoundary(index) { utf8.formIndex(after: &index) }
        return String(self[index...])
    }

    private func isBoundary(_ index: Index) -> Bool {
        index == startIndex || index == endIndex || utf8[index] & 0xC0 != 0x80
    }
}
