/// The page that asks for the secret, where reads need it.
package struct LoginPage: Page {
    package static let template = Template.login
    package let title = "Log in"
    package let section: Section? = nil
    let next: String
    let isWrong: Bool
    let isPlainHTTP: Bool

    /// Asks for the secret; `next` is the page to go on to.
    package init(next: String?, isWrong: Bool, isEncrypted: Bool) {
        self.next = Self.localPath(next)
        self.isWrong = isWrong
        isPlainHTTP = !isEncrypted
    }

    /// A path on this service, or the builds: nobody is sent to another site.
    package static func localPath(_ path: String?) -> String {
        guard let path, path == "/" || path.hasPrefix("/dashboard"),
            path.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F && $0 != "\\" })
        else { return DashboardPath.builds }
        return path
    }
}

/// A page that says what went wrong.
package struct ProblemPage: Page {
    package static let template = Template.problem
    package let title: String
    package let section: Section?
    let sentence: String

    /// A failure in words.
    package init(title: String, sentence: String) {
        self.title = title
        self.sentence = sentence
        section = .builds
    }
}
