import ClusterRunnerDomain

/// The files of runs that do not count.
///
/// On disk they lie apart from those of the run that counts, so that each arrives by one rename, whichever is first. In
/// archives and to people they are in the atom's directory, in `attempt_N`.
extension MasterFolders {
    /// The name of the folder for them in the results of a build; no atom's directory can have it.
    static let attemptsName = ".attempts"

    /// The directory of the files of one run of an atom that does not count.
    func attempt(build: Int, subjob: Int, atom: Int, number: Int) -> String {
        "\(attempts(build: build, subjob: subjob, atom: atom))/\(Self.attemptName(number))"
    }

    /// The directories of the files of an atom's runs that do not count.
    func attempts(build: Int, subjob: Int, atom: Int) -> String {
        "\(results(of: build))/\(Self.attemptsName)/\(Self.artifactName(subjob: subjob, atom: atom))"
    }

    /// The directory of the files of a run that does not count.
    func files(of attempt: AttemptRecord) -> String {
        self.attempt(
            build: attempt.buildID,
            subjob: attempt.subjobID,
            atom: attempt.atomID,
            number: attempt.number
        )
    }

    /// The name of the directory of a run in that of its atom.
    static func attemptName(_ number: Int) -> String { "attempt_\(number)" }

    /// The same where the atom itself left something under that name.
    static func reservedAttemptName(_ number: Int) -> String { "clusterrunner_attempt_\(number)" }

    /// The output of a run that does not count.
    func output(of attempt: AttemptRecord) -> ConsoleOutput {
        guard attempt.result.console == .file else {
            guard case .inline(let bytes) = attempt.result.console else { return .bytes([]) }
            return .bytes(bytes)
        }
        let beside = "\(consoles(of: attempt.buildID))/\(attempt.subjobID)_\(attempt.atomID)_\(attempt.number)"
        let path = "\(files(of: attempt))/clusterrunner_console_output"
        return .file(path: path, index: LineIndex.path(beside: beside), isWhole: true)
    }
}
