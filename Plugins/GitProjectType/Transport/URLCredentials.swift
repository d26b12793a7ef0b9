/// The credentials in an http address, on their way to the git program.
///
/// They are passed in the environment, which only the account itself can read, and not in the arguments, which every
/// user of the machine can. git asks for them like a credential helper: once, and only for their own host and port.
struct URLCredentials {
    private let origin: String
    private let user: String?
    private let password: String?

    init(of url: GitURL) {
        let isHTTP = url.scheme == .http || url.scheme == .https
        (user, password) = isHTTP ? (url.user, url.password) : (nil, nil)
        origin = "\(url.scheme)://\(url.host)" + (url.port.map { ":\($0)" } ?? "")
    }

    /// The words that must not appear in messages.
    var secrets: [String] { [password, password == nil ? user : nil].compactMap { $0 } }

    /// Settings of git; they contain no credentials.
    var settings: [String] {
        guard user != nil || password != nil else { return [] }
        let helper =
            #"!f() { if test "$1" = get; then printf 'username=%s\npassword=%s\n' "#
            + #""$CLUSTERRUNNER_GIT_USER" "$CLUSTERRUNNER_GIT_PASSWORD"; fi; }; f"#
        // Credentials with a password are meant for this server. A user alone may be a token, or the account's helpers
        // may know the password.
        let only = password == nil ? [] : ["credential.\(origin).helper="]
        return only + ["credential.\(origin).helper=\(helper)"]
    }

    /// Returns the environment with the credentials.
    func added(to environment: [String: String]) -> [String: String] {
        guard user != nil || password != nil else { return environment }
        var environment = environment
        environment["CLUSTERRUNNER_GIT_USER"] = user ?? ""
        environment["CLUSTERRUNNER_GIT_PASSWORD"] = password ?? ""
        if let user, password == nil {
            // git's own way of passing `-c` on to the programs that it starts.
            let setting = "credential.\(origin).username=\(user)".replacing("'", with: #"'\''"#)
            let others = environment["GIT_CONFIG_PARAMETERS"].map { $0 + " " } ?? ""
            environment["GIT_CONFIG_PARAMETERS"] = "\(others)'\(setting)'"
        }
        return environment
    }
}
