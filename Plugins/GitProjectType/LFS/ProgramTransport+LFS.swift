import ClusterRunnerPlugin

/// Contents of Git LFS, fetched into the mirror by git-lfs.
extension ProgramTransport {
    /// The reason why contents cannot be fetched; nil when they can.
    var obstacleToContents: String? {
        if let skip = remote.surroundings.environment["GIT_LFS_SKIP_SMUDGE"], !["", "0", "false"].contains(skip) {
            return "GIT_LFS_SKIP_SMUDGE is set in the environment of the master"
        }
        // git-lfs sends such a header to every host that a repository or its server names.
        if account.value("http.extraheader") != nil {
            return "http.extraHeader in git's configuration is not limited to an address; use http.URL.extraHeader"
        }
        let question = [remote.surroundings.program, "lfs", "version"]
        guard ChildProgram.output(of: question, environment: environment) != nil else {
            return "git-lfs is not installed on the master"
        }
        return nil
    }

    /// Fetches the missing contents of a commit, which must be here.
    ///
    /// - Throws: ``ClusterRunnerError`` when git-lfs fails; contents that the account or the repository leave out are
    ///   no failure.
    func fetchContents(of commit: ObjectID) throws {
        let origin = "remote.origin.url=\(remote.url.withoutCredentials)"
        do {
            _ = try run(
                ["lfs", "fetch", "origin", "\(commit)"],
                settings: [origin] + settings(of: commit),
                // git-lfs has limits of its own, and prints nothing during a download.
                isSilenceLimited: false
            )
        } catch let failure as GitFailure {
            // No failure of git-lfs concerns the objects of the mirror.
            throw ClusterRunnerError(
                .failed,
                "Fetching the Git LFS contents of the commit \(commit) of \(remote.url.withoutCredentials) failed: "
                    + "\(failure)."
            )
        }
    }

    /// Reads the permitted settings in `.lfsconfig` of the commit.
    private func settings(of commit: ObjectID) throws -> [String] {
        let pattern = #"^(lfs\.(url|fetchinclude|fetchexclude)|remote\.origin\.lfsurl)$"#
        let question = [
            remote.surroundings.program, "--git-dir=\(mirror.path)", "config", "--null", "--no-includes",
            "--blob=\(commit):.lfsconfig", "--get-regexp", pattern,
        ]
        // The program fails if there is no such file.
        guard let answer = ChildProgram.output(of: question, environment: environment) else { return [] }
        return try AccountConfiguration(answer).entries.map { key, value in
            key.hasSuffix("url") ? "\(key)=\(try address(value).withoutCredentials)" : "\(key)=\(value)"
        }
    }

    private func address(_ text: String) throws -> GitURL {
        let url = try GitURL(text)
        guard url.scheme != .file || remote.url.scheme == .file else {
            throw ClusterRunnerError(
                .failed,
                "The Git LFS address \"\(url.withoutCredentials)\" in .lfsconfig is a local directory, which a repository "
                    + "from \"\(remote.url.withoutCredentials)\" must not name."
            )
        }
        return url
    }
}
