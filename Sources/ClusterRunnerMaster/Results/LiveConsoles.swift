import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The output of running atoms, as far as it has arrived.
///
/// Each lease of an atom has one file, which stays until the atom's result arrives or another lease has output. Output
/// that a lost slave sent stays readable until then. The outputs that remain when the build ends are kept with its
/// results.
struct LiveConsoles: Sendable {
    let folders: MasterFolders

    private func directory(build: BuildID, subjob: SubjobID, atom: AtomIndex) -> String {
        "\(folders.live(of: build))/\(subjob)_\(atom)"
    }

    /// Returns the file of an atom's output under a lease.
    func path(build: BuildID, _ claim: LeasedAtom) -> String {
        "\(directory(build: build, subjob: claim.subjob, atom: claim.atom))/\(claim.lease)"
    }

    /// Returns the file of an atom's newest output; nil when none has arrived.
    func newest(build: BuildID, subjob: SubjobID, atom: AtomIndex) -> String? {
        let directory = directory(build: build, subjob: subjob, atom: atom)
        return leases(in: directory).max().map { "\(directory)/\($0)" }
    }

    private func leases(in directory: String) -> [LeaseID] {
        guard access(directory, F_OK) == 0 else { return [] }
        return DirectoryListing.texts(in: directory).compactMap { LeaseID($0) }
    }

    /// Appends output at its offset; returns the stored length.
    ///
    /// Output that overlaps or leaves a gap is not written: the slave continues from the returned length. Output of a
    /// lease before the newest is dropped: of two slaves that run an atom, the later one is shown.
    func append(_ report: ConsoleReport) throws -> Int {
        let claim = report.claim
        let directory = directory(build: report.build, subjob: claim.subjob, atom: claim.atom)
        try folders.create(directory)
        let others = leases(in: directory)
        guard others.allSatisfy({ $0 <= claim.lease }) else { return report.offset + report.bytes.count }
        let length = try write(report, to: path(build: report.build, claim))
        if length > 0, others.contains(where: { $0 < claim.lease }) {
            remove(directory, others.filter { $0 < claim.lease })
        }
        return length
    }

    private func write(_ report: ConsoleReport, to path: String) throws -> Int {
        guard report.offset == 0 || FileStatus(path: path) != nil else { return 0 }
        return try attempting("The console output cannot be kept in \(path)") {
            let file = try OpenFile(path, O_WRONLY | O_CREAT)
            let length = try file.status().size
            guard report.offset == length else { return length }
            try file.writeAll(report.bytes, at: length)
            return length + report.bytes.count
        }
    }

    /// Removes the output of an atom whose result is stored, and the output of its earlier leases.
    func remove(build: BuildID, _ claim: LeasedAtom) {
        let directory = directory(build: build, subjob: claim.subjob, atom: claim.atom)
        let leases = leases(in: directory)
        guard !leases.isEmpty else { return }
        remove(directory, leases.filter { $0 <= claim.lease })
        // Empty directories are removed as well.
        rmdir(directory)
        rmdir(folders.live(of: build))
    }

    private func remove(_ directory: String, _ leases: [LeaseID]) {
        for lease in leases {
            unlink("\(directory)/\(lease)")
            unlink(LineIndex.path(beside: "\(directory)/\(lease)"))
        }
    }

    /// Keeps the remaining outputs of an ended build: those of atoms without a result of their own.
    func finish(build: BuildID) {
        let live = folders.live(of: build)
        guard access(live, F_OK) == 0 else { return }
        for name in DirectoryListing.texts(in: live) {
            guard let lease = leases(in: "\(live)/\(name)").max() else { continue }
            try? folders.create(folders.consoles(of: build))
            rename("\(live)/\(name)/\(lease)", "\(folders.consoles(of: build))/\(name)")
        }
        folders.trash.discard(live)
    }
}
