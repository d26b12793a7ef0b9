/// The name of an entry of a results directory.
struct ResultsName {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// Files of results, with the archives that ClusterRunner 1.x left beside them.
    private static let files: Set<String> = [
        "failures.txt", "junit.xml", "artifacts.tar.gz", "artifacts.zip", "results.tar.gz", "results.zip",
    ]

    /// Whether results of a build have such an entry, so that those of the next build replace it.
    var isResult: Bool { Self.files.contains(text) || isArtifactDirectory }

    /// Whether it was put there by somebody else.
    ///
    /// Hidden entries, such as `.gitignore`, and what a file system has at its root are nobody's, and stay.
    var isForeign: Bool { !isResult && !text.hasPrefix(".") && text != "lost+found" }

    /// `artifact_<subjob>_<atom>`.
    private var isArtifactDirectory: Bool {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "artifact"
            && parts[1...].allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }
}
