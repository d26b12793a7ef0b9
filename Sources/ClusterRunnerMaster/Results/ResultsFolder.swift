import ClusterRunnerAPI
import ClusterRunnerCore
import ClusterRunnerFiles
import Foundation

/// The files that atoms left, on their way from an upload into the results of their build.
struct ResultsFolder: Sendable {
    let folders: MasterFolders
    let archiver: any Archiver

    /// Unpacks an upload that was received and verified, and returns what could not be unpacked; the archive is removed.
    @discardableResult
    func unpackUpload(slave: Int, name: String) async throws -> ArchiveNotes {
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

    /// Refuses a report whose upload is not here, as after a restart of the master.
    func checkUpload(of slave: Int, _ report: ResultsReport) throws {
        guard let upload = report.upload else { return }
        let path = folders.upload(slave: slave, name: upload).extracted
        guard FileManager.default.fileExists(atPath: path) else {
            throw ClusterRunnerError(.invalidState, "The upload \(upload) is not here; send it again.")
        }
    }

    /// Moves the files of an atom from its upload to the results of the build.
    func adopt(_ atom: AtomReport, in report: ResultsReport, from slave: Int) throws {
        guard let upload = report.upload else {
            throw ClusterRunnerError(.invalidArgument, "The report names no upload.")
        }
        let name = MasterFolders.artifactName(subjob: atom.subjob, atom: atom.atom)
        let source = "\(folders.upload(slave: slave, name: upload).extracted)/\(name)"
        let target = folders.artifacts(build: report.build, subjob: atom.subjob, atom: atom.atom)
        try folders.create(folders.results(of: report.build))
        if rename(source, target) == 0 { return }
        folders.trash.discard(target)  // What an earlier attempt of the atom left.
        guard rename(source, target) == 0 else {
            let number = errno
            throw ClusterRunnerError(.ofSystem(number), "\(name) is not in the upload: \(systemMessage(number)).")
        }
    }

    /// Removes all uploads of a slave that is gone: what it still has to say it says under another number.
    func discardUploads(of slave: Int) {
        for path in folders.uploads(of: slave) { folders.trash.discard(path) }
    }

    /// Removes what is left of an upload.
    func discardUpload(of slave: Int, name: String) {
        folders.trash.discard(folders.upload(slave: slave, name: name).extracted)
    }
}
