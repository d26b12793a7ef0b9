/// The credentials that an address of http was given with, on their way to the git program.
///
/// They travel in the environment, which only the account itself can read, and not in the arguments, which everybody on
/// the machine can. git asks for them as it asks a credential helper: once, and only for their own host and port.
struct URLCredentials {
    private let origin: String
    private let user: String?
    private let password: String?

    init(of url: GitURL) {
        let isHTTP = url.scheme == .http || url.scheme == .https
        (user, password) = isHTTP ? (url.user, url.password) : (nil, nil)
        origin = "\(url.scheme)://\(url.host)" + (url.port.map { ":\($0)" } ?? "")
    }

    /// The words that no message may show.
    var secrets: [String] { [password, password == nil ? user : nil].compactMap { $0 } }

    /// Configuration of git; it contains no credentials.
    var settings: [String] {
        guard user != nil || password != nil else { return [] }
        let helper =
            #"!f() { if test "$1" = get; then printf 'username=%s\npassword=%s\n' "#
            + #""$CLUSTERRUNNER_GIT_USER" "$CLUSTERRUNNER_GIT_PASSWORD"; fi; }; f"#
        // Given with a password they are meant for this server. A user alone may be a token, or the helpers of the
        // account know a password for him.
        let only = password == nil ? [] : ["credential.\(origin).helper="]
        return only + ["credential.\(origin).helper=\(helper)"]
    }

    /// The environment with the credentials.
    func added(to environment: [String: String]) -> [String: String] {
        guard user != nil || password != nil else { return environment }
        var environment = environment
        environment["CLUSTERRUNNER_GIT_USER"] = user ?? ""
        environment["CLUSTERRUNNER_GIT_PASSWORD"] = password ?? ""
        if let user, password == nil {
            // The way in which git itself hands `-c` on to the programs that it starts.
            let setting = "credential.\(origin).username=\(user)".replacing("'", with: #"'\''"#)
            let others = environment["GIT_CONFIG_PARAMETERS"].map { $0 + " " } ?? ""
            environment["GIT_CONFIG_PARAMETERS"] = "\(others)'\(setting)'"
        }
        return environment
    }
}
