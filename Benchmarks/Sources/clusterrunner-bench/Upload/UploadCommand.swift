import ArgumentParser
import Foundation

/// The cost of a build of a folder that is not committed.
struct UploadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Uploads and builds a folder of many files: all new, unchanged, and with one changed.",
        discussion: """
            "queued" is the time from the start of the command until the master has the files and the build. The \
            reference finds and stores the same change in a git index of the same files: git add --all and git \
            write-tree, in the same round. The rest of a build sets two workspaces up, the master's and the slave's, \
            file by file.
            """
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(help: "How many files the folder has.")
    var files = 10_000

    @Option(help: "How often each is run; the table has the medians.")
    var rounds = 5

    func run() async throws {
        let path = try program.path()
        let figures = try await withScratchDirectory { try await measure(path, in: $0) }
        var table = Table(Rounds<UploadRound>.head)
        for figures in figures { table.add(figures.row) }
        print(table.text)
        try report.write(figures)
    }

    private func measure(_ path: String, in directory: String) async throws -> [Rounds<UploadRound>] {
        try runScript(Self.preparation(files: files), in: directory)
        var first = Rounds<UploadRound>("\(files) files, all new")
        var same = Rounds<UploadRound>("\(files) files, unchanged")
        var next = Rounds<UploadRound>("\(files) files, one changed")
        try await BenchCluster.with(path, slaves: 1, executors: 1, in: directory) { cluster in
            first.add(try round(cluster, in: directory))
            for number in 0..<max(1, rounds) {
                same.add(try round(cluster, in: directory))
                try runScript("echo \(number) >> project/src/1/1.txt", in: directory)
                next.add(try round(cluster, in: directory))
            }
        }
        return [first, same, next]
    }

    /// Runs one build, and the reference after it.
    private func round(_ cluster: BenchCluster, in directory: String) throws -> UploadRound {
        let (queued, command) = try cluster.upload(in: "\(directory)/project")
        let start = ContinuousClock.now
        let index = "export GIT_DIR='\(directory)/git' GIT_WORK_TREE=\"$PWD\"\n"
        try runScript(index + "git add --all && git write-tree", in: "\(directory)/project")
        return UploadRound(
            queued: queued,
            command: command,
            reference: (ContinuousClock.now - start).seconds
        )
    }

    /// Returns a script that makes a folder of small files in directories of fifty, which git does not know.
    private static func preparation(files: Int) -> String {
        """
        set -e
        git init -q --bare git
        mkdir project && cd project
        for d in $(seq \(max(1, files / 50))); do
            mkdir -p src/$d
            for f in {1..50}; do printf '%04000d\\n' $d$f > src/$d/$f.txt; done
        done
        printf 'job:\\n  commands: ["true"]\\n  atomizers: [{N: echo 1}]\\n' > clusterrunner.yaml
        """
    }
}

extension BenchCluster {
    /// Builds a folder with `--upload`; returns the seconds until the build was queued, and those until its end.
    fileprivate func upload(in folder: String) throws -> (queued: Double, command: Double) {
        let start = ContinuousClock.now
        let command = try build(["--upload", "--results-for", "none"], in: folder)
        _ = try command.line(after: " is queued at ")
        let queued = ContinuousClock.now - start
        try command.wait()
        return (queued.seconds, (ContinuousClock.now - start).seconds)
    }
}

/// One upload and its reference, in seconds from the start of the command.
struct UploadRound: Codable {
    /// The seconds until the build was queued.
    let queued: Double
    /// The seconds until its end.
    let command: Double
    let reference: Double
}

extension Rounds<UploadRound> {
    /// The headings of ``row``.
    static let head = ["upload", "queued s", "build s", "git s", "queued / git"]

    /// The medians.
    var row: [String] {
        let (queued, command, reference) = (median(\.queued), median(\.command), median(\.reference))
        return [
            name, queued.fixed(3), command.fixed(3), reference.fixed(3), (queued / reference).fixed(2),
        ]
    }
}
