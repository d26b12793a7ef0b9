import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import Glibc

/// The directory for the results of builds, such as `build_results`.
///
/// It is filled in place and never replaced, so that it may be a mounted volume or a link to a directory. New results
/// are completed in a staging directory inside it. Then, under a lock, the entries of the earlier build move out and
/// the new ones move in by renames: of several builds that end at once in one directory, the last one wins as a whole.
/// Only names of results are touched.
struct ResultsDirectory: Sendable, Equatable {
    /// The path for system calls; a relative path begins in the current directory.
    let path: String
    /// The path for messages.
    let title: String

    /// Creates the description of a directory, by default `build_results` in the current one.
    init(_ argument: String?, currentDirectory: String) throws {
        let text = argument ?? "build_results"
        guard !text.isEmpty else { throw ClusterRunnerError(.invalidArgument, "--results needs a directory.") }
        guard !ArgumentBytes.isMarked(text) else {
            let bytes = ArgumentBytes.bytes(of: text)
            path = try PathAlias.text(
                of: bytes.isAbsolute ? bytes : ConfigurationLoader.currentDirectoryBytes().appending(bytes)
            )
            title = bytes.escaped
            return
        }
        let trimmed = text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
        path = trimmed
        title = trimmed.hasPrefix("/") ? trimmed : "\(currentDirectory == "/" ? "" : currentDirectory)/\(trimmed)"
    }

    /// Refuses, before a build begins, a directory that cannot take its results.
    ///
    /// Missing directories are created and removed again, so that a build that never began leaves no trace.
    func check() throws {
        guard let status = FileStatus(path: path) else {
            guard errno == ENOENT, FileStatus(path: path, followingLinks: false) == nil else {
                throw refusal("it cannot be reached, or is a link that leads nowhere", isInTheWay: true)
            }
            let made = try make()
            defer { for directory in made.reversed() { rmdir(directory) } }
            return try probe()
        }
        guard status.kind == .directory else { throw refusal("it is a file, not a directory", isInTheWay: true) }
        let foreign = try names().filter { ResultsName($0).isForeign }
        guard foreign.isEmpty else {
            let shown = foreign.prefix(3).map { TerminalText.line($0) }.joined(separator: ", ")
            throw refusal(
                "it contains files that are not results of a build: \(shown)\(foreign.count > 3 ? ", and more" : "")",
                isInTheWay: true
            )
        }
        try probe()
    }

    /// Replaces the results of an earlier build with those that `fill` puts into a staging directory.
    ///
    /// With `keepsOthers` only entries of the same name are replaced.
    ///
    /// - Returns: Whether results of the earlier build stayed.
    func replace(keepsOthers: Bool, _ fill: (StagingDirectory) async throws -> Void) async throws -> Bool {
        let staging = try makeStaging()
        defer { staging.remove() }
        try await fill(staging)
        return try OpenFile.withDirectoryLocked(path) { try exchange(staging, keepsOthers: keepsOthers) }
    }
}

// MARK: Exchanging

extension ResultsDirectory {
    private func makeStaging() throws -> StagingDirectory {
        for _ in 0..<3 {
            _ = try make()
            do {
                return try StagingDirectory(in: path)
            } catch  where access(path, F_OK) != 0 {
                // Another build, which created the directory only for its check, has removed it again.
                continue
            }
        }
        throw refusal("another program removes it repeatedly")
    }

    /// Moves the earlier results out and the new ones in; undoes all of it when a rename fails.
    private func exchange(_ staging: StagingDirectory, keepsOthers: Bool) throws -> Bool {
        let new = try StagingDirectory.names(in: staging.fresh)
        let earlier = try names().filter { ResultsName($0).isResult }
        let leaving = keepsOthers ? earlier.filter(new.contains) : earlier
        let out = leaving.map { (from: "\(path)/\($0)", to: "\(staging.old)/\($0)") }
        let moves = out + new.map { (from: "\(staging.fresh)/\($0)", to: "\(path)/\($0)") }
        for (index, move) in moves.enumerated() where rename(move.from, move.to) != 0 {
            let number = errno
            for done in moves[..<index].reversed() { rename(done.to, done.from) }
            throw SystemFault(number).error("\(move.from) cannot be moved to \(move.to)", code: .failed)
        }
        return leaving.count < earlier.count
    }

    private func names() throws -> [String] { try StagingDirectory.names(in: path) }

    /// Creates the directory and its missing parents; returns those, topmost first.
    private func make() throws -> [String] {
        var missing: [String] = []
        var place: String? = path
        while let next = place, FileStatus(path: next) == nil, errno == ENOENT {
            missing.append(next)
            place = next.lastIndex(of: "/").flatMap { $0 == next.startIndex ? nil : String(next[..<$0]) }
        }
        for directory in missing.reversed() where mkdir(directory, 0o777) != 0 && errno != EEXIST {
            throw refusal("\(directory) cannot be made: \(systemMessage(errno))")
        }
        return missing.reversed()
    }

    /// Checks that entries can be created there.
    private func probe() throws {
        let place = StagingDirectory.name(in: path)
        guard mkdir(place, 0o700) == 0 else { throw refusal("nothing can be written there: \(systemMessage(errno))") }
        rmdir(place)
    }

    private func refusal(_ reason: String, isInTheWay: Bool = false) -> ClusterRunnerError {
        let remedy = "\(isInTheWay ? "Move it away, or name" : "Name") another directory with --results."
        return ClusterRunnerError(
            .invalidState,
            "The results cannot be put into \(TerminalText.line(title)): \(clause: reason). \(remedy)"
        )
    }
}
