import ClusterRunnerDomain

/// The files of runs that do not count.
///
/// On disk they lie apart from those of the run that counts, so that each arrives by one rename, in any order. In
/// archives and for readers they are in the atom's directory, in `attempt_N`.
extension MasterFolders {
    /// The name of their folder in the results of a build; no atom's directory can have it.
    static let attemptsName = ".attempts"

    /// Returns the directory of the files of one run of an atom that does not count.
    func attempt(build: BuildID, subjob: SubjobID, atom: AtomIndex, number: Int) -> String {
        "\(attempts(build: build, subjob: subjob, atom: atom))/\(Self.attemptName(number))"
    }

    /// Returns the directories of the files of an atom's runs that do not count.
    func attempts(build: BuildID, subjob: SubjobID, atom: AtomIndex) -> String {
        "\(results(of: build))/\(Self.attemptsName)/\(Self.artifactName(subjob: subjob, atom: atom))"
    }

    /// Returns the directory of the files of a run that does not count.
    func files(of attempt: AttemptRecord) -> String {
        self.attempt(
            build: attempt.buildID,
            subjob: attempt.subjobID,
            atom: attempt.atomID,
            number: attempt.number
        )
    }

    /// Returns the directory name of a run within that of its atom.
    static func attemptName(_ number: Int) -> String { "attempt_\(number)" }

    /// Returns the directory name used if the atom's own files include ``attemptName(_:)``.
    static func reservedAttemptName(_ number: Int) -> String { "clusterrunner_attempt_\(number)" }

    /// Returns the output of a run that does not count.
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
