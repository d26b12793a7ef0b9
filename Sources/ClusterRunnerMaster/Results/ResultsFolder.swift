import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The files of atoms, on their way from an upload into the results of their build.
///
/// The coordinator calls only methods that rename, whatever the number and size of the files.
struct ResultsFolder: Sendable {
    let folders: MasterFolders
    let archiver: any Archiver
    private let uploads = KnownUploads()

    init(folders: MasterFolders, archiver: any Archiver) {
        self.folders = folders
        self.archiver = archiver
    }

    /// Returns the path for an upload, which ``discardUploads(of:)`` discards from now on.
    func expectUpload(slave: SlaveID, name: String) -> String {
        uploads.add(name, of: slave)
        return folders.upload(slave: slave, name: name).archive
    }

    /// Unpacks a received and verified upload, and returns notes about what could not be unpacked; removes the archive.
    @discardableResult
    func unpackUpload(slave: SlaveID, name: String) async throws -> ArchiveNotes {
        let (archive, extracted) = folders.upload(slave: slave, name: name)
        defer { folders.trash.discard(archive) }
        folders.trash.discard(extracted)
        try folders.create(extracted)
        do {
            return try await archiver.extract(archive, into: extracted, limits: ArchiveLimits())
        } catch {
            folders.trash.discard(extracted)
            throw error
        }
    }

    /// Refuses a report whose upload is missing, as after a restart of the master.
    func checkUpload(of slave: SlaveID, _ report: ResultsReport) throws {
        guard let upload = report.upload else { return }
        let path = folders.upload(slave: slave, name: upload).extracted
        guard access(path, F_OK) == 0 else {
            throw ClusterRunnerError(.invalidState, "The upload \(upload) is not here; send it again.")
        }
    }

    /// Moves an atom's files from its upload to the build's results; a run that does not count has a number `attempt`.
    func adopt(_ atom: AtomReport, in report: ResultsReport, from slave: SlaveID, attempt: Int? = nil) throws {
        guard let upload = report.upload else {
            throw ClusterRunnerError(.invalidArgument, "The report names no upload.")
        }
        let name = MasterFolders.artifactName(subjob: atom.subjob, atom: atom.atom)
        let source = "\(folders.upload(slave: slave, name: upload).extracted)/\(name)"
        let target = target(of: atom, build: report.build, attempt)
        if rename(source, target.path) == 0 { return }
        switch errno {
        case ENOENT: try folders.create(target.parent)
        // Left over from a report that could not be stored.
        case EEXIST, ENOTEMPTY, ENOTDIR: folders.trash.discard(target.path)
        case let number: throw missing(name, number)
        }
        guard rename(source, target.path) == 0 else { throw missing(name, errno) }
    }

    private func target(of atom: AtomReport, build: BuildID, _ attempt: Int?) -> (parent: String, path: String) {
        let (subjob, id) = (atom.subjob, atom.atom)
        guard let attempt else {
            return (folders.results(of: build), folders.artifacts(build: build, subjob: subjob, atom: id))
        }
        let parent = folders.attempts(build: build, subjob: subjob, atom: id)
        return (parent, folders.attempt(build: build, subjob: subjob, atom: id, number: attempt))
    }

    private func missing(_ name: String, _ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.ofSystem(number), "\(name) is not in the upload: \(systemMessage(number)).")
    }

    /// Discards all uploads of a slave that is gone, which reports again under another number.
    func discardUploads(of slave: SlaveID) {
        for name in uploads.take(of: slave) { discard(slave, name) }
    }

    /// Discards the remains of an upload.
    func discardUpload(of slave: SlaveID, name: String) {
        uploads.remove(name, of: slave)
        discard(slave, name)
    }

    private func discard(_ slave: SlaveID, _ name: String) {
        let upload = folders.upload(slave: slave, name: name)
        folders.trash.discard(upload.archive)
        folders.trash.discard(upload.extracted)
    }
}

/// The names of the uploads that may lie in the folder, by slave, so that the folder need not be listed.
///
/// The master removes the uploads of an earlier run when it starts.
private final class KnownUploads: Sendable {
    private let names = Lock<[SlaveID: Set<String>]>([:])

    func add(_ name: String, of slave: SlaveID) {
        _ = names.withLock { $0[slave, default: []].insert(name) }
    }

    func remove(_ name: String, of slave: SlaveID) {
        names.withLock { names in
            names[slave]?.remove(name)
            if names[slave]?.isEmpty == true { names[slave] = nil }
        }
    }

    func take(of slave: SlaveID) -> Set<String> { names.withLock { $0.removeValue(forKey: slave) } ?? [] }
}
