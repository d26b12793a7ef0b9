/// The name of an entry of a results directory.
struct ResultsName {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The names of result files, including the archives of ClusterRunner 1.x.
    private static let files: Set<String> = [
        "failures.txt", "junit.xml", "ctrf.json", "artifacts.tar.gz", "artifacts.zip", "results.tar.gz",
        "results.zip",
    ]

    /// Whether it is a result of a build, which the next build replaces.
    var isResult: Bool { Self.files.contains(text) || isArtifactDirectory }

    /// Whether it came from elsewhere.
    ///
    /// Hidden entries, such as `.gitignore`, and those at the root of a file system do not count, and stay.
    var isForeign: Bool { !isResult && !text.hasPrefix(".") && text != "lost+found" }

    /// Whether it is `artifact_<subjob>_<atom>`.
    private var isArtifactDirectory: Bool {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "artifact"
            && parts[1...].allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }
}
