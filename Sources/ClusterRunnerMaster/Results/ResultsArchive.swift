import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The archive of a build's results, made while a reader takes it.
///
/// Nothing of it is on disk in this form: small outputs come from the store, files from the results folder.
struct ResultsArchive: Sendable {
    let build: BuildRecord
    let store: any BuildStore
    let folders: MasterFolders
    /// The atoms whose directories it contains.
    var selection = ResultsSelection.all

    /// The number of atoms read from the store at a time.
    private static let pageSize = 500

    /// Streams the entries of many atoms at a time: a directory for each atom that ran, then `failures.txt` if
    /// something failed, then `junit.xml` and `ctrf.json`.
    func entries() -> AsyncThrowingStream<[ArchiveEntry], any Error> {
        let reader = EntryReader(archive: self)
        return AsyncThrowingStream { try await reader.next() }
    }

    fileprivate func page(at offset: Int) async throws -> [AtomRecord] {
        let page = StorePage(offset: offset, limit: Self.pageSize)
        return try await store.atoms(AtomQuery(build: build.id, withConsole: true, page: page))
    }

    /// Reads the runs of atoms that do not count, by atom.
    fileprivate func attempts(of atoms: [AtomRecord]) async throws -> [AtomKey: [AttemptRecord]] {
        guard let first = atoms.first, let last = atoms.last, atoms.contains(where: \.mayHaveEarlierRuns) else {
            return [:]
        }
        let subjobs = first.subjobID...last.subjobID
        let attempts = try await store.attempts(build: build.id, subjobs: subjobs, withConsole: true)
        return Dictionary(grouping: attempts) { AtomKey(subjob: $0.subjobID, atom: $0.atomID) }
    }

    fileprivate struct AtomKey: Hashable {
        let subjob: SubjobID
        let atom: AtomIndex
    }

    /// Returns the entries of one atom: ClusterRunner's own files, the files it left, and its runs that do not count.
    fileprivate func entries(of atom: AtomRecord, _ attempts: [AttemptRecord]) -> [ArchiveEntry] {
        guard isSelected(atom) else { return [] }
        let name = MasterFolders.artifactName(subjob: atom.subjobID, atom: atom.id)
        let counting = entries(of: atom, name)
        let taken = Set(counting.compactMap { $0.path.names.dropFirst().first })
        return counting + attempts.flatMap { entries(of: $0, name, taken) }
    }

    private func entries(of attempt: AttemptRecord, _ atom: String, _ taken: Set<ByteString>) -> [ArchiveEntry] {
        let plain = MasterFolders.attemptName(attempt.number)
        let name =
            "\(atom)/\(taken.contains(ByteString(plain)) ? MasterFolders.reservedAttemptName(attempt.number) : plain)"
        var files: [(String, [UInt8])] = []
        if let cause = attempt.result.cause { files.append(("clusterrunner_cause", Array("\(cause)\n".utf8))) }
        if !attempt.isObstructed {
            files.append(("clusterrunner_exit_code", Array("\(attempt.result.exitCode)\n".utf8)))
        }
        files.append(("clusterrunner_time", Array((Self.twoDecimals(attempt.result.seconds) + "\n").utf8)))
        if !attempt.result.notes.isEmpty {
            let notes = attempt.result.notes.map { "\($0)\n" }.joined()
            files.append((ArchiveNotes.fileName, Array(notes.utf8)))
        }
        if case .inline(let bytes) = attempt.result.console { files.append(("clusterrunner_console_output", bytes)) }
        return files.map { ArchiveEntry(path: "\(name)/\($0.0)", content: .bytes($0.1)) }
            + leftFiles(of: attempt.result, in: folders.files(of: attempt), name)
    }

    private func entries(of atom: AtomRecord, _ name: String) -> [ArchiveEntry] {
        guard let result = atom.result else { return [] }
        let command = "\(atom.atom.commandString) \(build.job?.command ?? "")\n"
        var files: [(String, [UInt8])] = [
            ("clusterrunner_command", Array(command.utf8)),
            ("clusterrunner_exit_code", Array("\(result.exitCode)\n".utf8)),
            ("clusterrunner_time", Array((Self.twoDecimals(result.seconds) + "\n").utf8)),
        ]
        if !result.notes.isEmpty {
            let notes = result.notes.map { "\($0)\n" }.joined()
            files.append((ArchiveNotes.fileName, Array(notes.utf8)))
        }
        if case .inline(let console) = result.console { files.append(("clusterrunner_console_output", console)) }
        let directory = folders.artifacts(build: build.id, subjob: atom.subjobID, atom: atom.id)
        return files.map { ArchiveEntry(path: "\(name)/\($0.0)", content: .bytes($0.1)) }
            + leftFiles(of: result, in: directory, name)
    }

    private func isSelected(_ atom: AtomRecord) -> Bool {
        switch selection {
        case .all: true
        case .failed: atom.result?.isFailure == true || atom.isFlaky
        case .none: false
        }
    }

    /// The names of ClusterRunner's own files.
    private static let reserved: Set<ByteString> = [
        "clusterrunner_command", "clusterrunner_exit_code", "clusterrunner_time", "clusterrunner_cause",
        ByteString(ArchiveNotes.fileName),
    ]

    private func leftFiles(of result: AtomResult, in path: String, _ name: String) -> [ArchiveEntry] {
        guard result.hasFiles else { return [] }
        let directory = ByteString(path)
        return DirectoryListing(at: directory).names.filter { !Self.reserved.contains($0) }.filter {
            $0 != "clusterrunner_console_output" || result.console == .file
        }.map { ArchiveEntry(path: ByteString(name).appending($0), content: .item(at: directory.appending($0))) }
    }

    /// Reads the end of a failed atom's output, if that is a file.
    fileprivate func endOfFile(of atom: AtomRecord) -> [UInt8]? {
        guard let result = atom.result, result.isFailure else { return nil }
        return endOfFile(of: result, in: folders.artifacts(build: build.id, subjob: atom.subjobID, atom: atom.id))
    }

    /// Returns the form of a run that does not count for the report.
    fileprivate func earlierRun(_ attempt: AttemptRecord) -> ReportedCase.EarlierRun {
        let output = endOfFile(of: attempt.result, in: folders.files(of: attempt))
        return ReportedCase.EarlierRun(attempt: attempt, output: output)
    }

    /// Reads the test cases of atoms, by atom.
    fileprivate func cases(of atoms: [AtomRecord]) async throws -> [AtomKey: [CaseRecord]] {
        guard let first = atoms.first, let last = atoms.last, atoms.contains(where: { $0.result?.cases != nil }) else {
            return [:]
        }
        let search = CaseSearch(build: build.id, subjobs: first.subjobID...last.subjobID)
        return Dictionary(grouping: try await store.cases(matching: search).cases) {
            AtomKey(subjob: $0.subjobID, atom: $0.atomID)
        }
    }

    private func endOfFile(of result: AtomResult, in directory: String) -> [UInt8]? {
        guard result.console == .file else { return nil }
        return try? RegularFile("\(directory)/clusterrunner_console_output").end(ReportedCase.outputLimit)
    }

    static func twoDecimals(_ seconds: Double) -> String { decimals(seconds, 2) }

    /// Writes a time with that many decimals, without a formatter, which would use the locale.
    static func decimals(_ seconds: Double, _ places: Int) -> String {
        let unit = (0..<places).reduce(1) { unit, _ in unit * 10 }
        // Times of other people's reports may be anything.
        let units = Int((min(max(0, seconds), 1e12) * Double(unit)).rounded())
        let fraction = String(units % unit)
        return "\(units / unit).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}

/// Reads the atoms of a build page by page and turns them into entries.
private actor EntryReader {
    let archive: ResultsArchive
    private var offset = 0
    private var isAtEnd = false
    private var failures: [String] = []
    private var junit: JUnitReport
    private var ctrf: CTRFReport

    init(archive: ResultsArchive) {
        self.archive = archive
        junit = JUnitReport(archive.build)
        ctrf = CTRFReport(archive.build)
    }

    /// Returns the entries of the next atoms, and after them, those of the whole build.
    func next() async throws -> [ArchiveEntry]? {
        guard !isAtEnd else { return nil }
        let atoms = try await archive.page(at: offset)
        offset += atoms.count
        var entries: [ArchiveEntry] = []
        let attempts = try await archive.attempts(of: atoms)
        let cases = try await archive.cases(of: atoms)
        for atom in atoms {
            let key = ResultsArchive.AtomKey(subjob: atom.subjobID, atom: atom.id)
            let earlier = attempts[key] ?? []
            entries += archive.entries(of: atom, earlier)
            try report(
                ReportedCase.cases(
                    of: atom,
                    in: archive.build,
                    earlier: earlier.map(archive.earlierRun),
                    output: archive.endOfFile(of: atom),
                    named: cases[key] ?? []
                )
            )
            guard atom.result?.isFailure == true else { continue }
            failures.append(MasterFolders.artifactName(subjob: atom.subjobID, atom: atom.id))
        }
        if atoms.isEmpty {
            isAtEnd = true
            let list = failures.map { "\($0)\n" }.joined()
            if !failures.isEmpty {
                entries.append(ArchiveEntry(path: "failures.txt", content: .bytes(Array(list.utf8))))
            }
            if let build = ReportedCase(unfinished: archive.build) { try report([build]) }
            entries.append(ArchiveEntry(path: "junit.xml", content: .bytes(junit.xml())))
            entries.append(ArchiveEntry(path: "ctrf.json", content: .bytes(try ctrf.json())))
        }
        return entries
    }

    private func report(_ cases: [ReportedCase]) throws {
        for each in cases {
            junit.add(each)
            try ctrf.add(each)
        }
    }
}
