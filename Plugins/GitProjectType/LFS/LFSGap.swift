import ClusterRunnerFiles
import ClusterRunnerPlugin

/// Files of a checkout that have only their pointers.
struct LFSGap {
    let paths: [FileName]
    let reason: String

    /// Lists the files whose contents are not in the store; nil without any.
    init?(_ contents: LFSContents, below directory: String, because reason: String) {
        let base = directory.isEmpty ? FileName([]) : FileName(directory.utf8)
        paths = contents.files.files.filter { !contents.store.has($0.value.content) }.map { base.appending($0.key) }
        self.reason = reason
        if paths.isEmpty { return nil }
    }

    /// One sentence for the users of a build.
    var sentence: String {
        let example = paths.map(\.bytes).min { $0.lexicographicallyPrecedes($1) }.map { "\(ByteString($0))" } ?? ""
        let start =
            paths.count == 1
            ? "1 file is a Git LFS pointer without its content, \"\(example)\""
            : "\(paths.count) files are Git LFS pointers without their contents, such as \"\(example)\""
        return "\(start): \(reason)."
    }
}
