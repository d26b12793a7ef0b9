/// The page that asks for the secret, if reads need it.
package struct LoginPage: Page {
    package static let template = Template.login
    package let title = "Log in"
    package let section: Section? = nil
    let next: String
    let isWrong: Bool
    let isPlainHTTP: Bool

    /// Creates the page; `next` is the page after the login.
    package init(next: String?, isWrong: Bool, isEncrypted: Bool) {
        self.next = Self.localPath(next)
        self.isWrong = isWrong
        isPlainHTTP = !isEncrypted
    }

    /// Returns a path on this service, by default the builds, so that no reader is sent to another site.
    package static func localPath(_ path: String?) -> String {
        guard let path, path == "/" || path.hasPrefix("/dashboard"),
            path.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F && $0 != "\\" })
        else { return DashboardPath.builds }
        return path
    }
}

/// A page about an error.
package struct ProblemPage: Page {
    package static let template = Template.problem
    package let title: String
    package let section: Section?
    let sentence: String

    /// Creates the page of an error.
    package init(title: String, sentence: String) {
        self.title = title
        self.sentence = sentence
        section = .builds
    }
}
