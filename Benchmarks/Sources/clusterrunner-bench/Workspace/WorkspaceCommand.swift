import ArgumentParser
import Foundation

/// The cost of updating the workspace of the last build to the next commit.
struct WorkspaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workspace",
        abstract: "Brings kept workspaces of large trees to the same commit again, and to the next one.",
        discussion: """
            The reference does the same in a clone on this machine, in the same round: git fetch, git checkout --force and \
            git clean -ffdx. Each commit changes ten files and adds ten; the job, and what stands for it in the clone, \
            leaves a hundred files behind. The build sets two workspaces up, one after the other: the master's, until the \
            build is prepared, and the slave's.
            """
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(parsing: .upToNextOption, help: "How many files the tree has.")
    var files = [20_000, 100_000]

    @Option(help: "How often each is run; the table has the medians.")
    var rounds = 5

    func run() async throws {
        let path = try program.path()
        var all: [Rounds<WorkspaceRound>] = []
        for count in files {
            all += try await withScratchDirectory { try await measure(path, files: count, in: $0) }
        }
        var table = Table(Rounds<WorkspaceRound>.head)
        for figures in all { table.add(figures.row) }
        print(table.text)
        try report.write(all)
    }

    private func measure(_ path: String, files: Int, in directory: String) async throws -> [Rounds<WorkspaceRound>] {
        try runScript(Self.preparation(files: files), in: directory)
        var first = Rounds<WorkspaceRound>("\(files) files, first build")
        var same = Rounds<WorkspaceRound>("\(files) files, same commit")
        var next = Rounds<WorkspaceRound>("\(files) files, next commit")
        try await BenchCluster.with(path, slaves: 1, executors: 1, in: directory) { cluster in
            first.add(try round(cluster, in: directory))
            for _ in 0..<max(1, rounds) {
                same.add(try round(cluster, in: directory))
                try runScript(Self.change, in: "\(directory)/project")
                next.add(try round(cluster, in: directory))
            }
        }
        return [first, same, next]
    }

    /// Runs one build, and the reference after it.
    private func round(_ cluster: BenchCluster, in directory: String) throws -> WorkspaceRound {
        let arguments = ["git", "--url", "file://\(directory)/project", "--job-name", "job"]
        let build = try cluster.run(arguments, in: directory)
        try runScript("rm -rf build_results; mkdir -p clone/out; touch clone/out/{1..100}", in: directory)
        let start = ContinuousClock.now
        try runScript("git fetch -q && git checkout -qf origin/main && git clean -qffdx", in: "\(directory)/clone")
        return WorkspaceRound(
            master: build.preparation,
            slave: build.build - build.preparation,
            reference: (ContinuousClock.now - start).seconds
        )
    }

    /// Returns a script that makes a project of small files in directories of fifty, and a clone of it.
    private static func preparation(files: Int) -> String {
        """
        set -e
        git init -q -b main project && cd project
        git config user.name bench && git config user.email bench@example.org
        for d in $(seq \(max(1, files / 50))); do
            mkdir -p src/$((d / 20))/$d
            for f in {1..50}; do printf '%0300d\\n' $d$f > src/$((d / 20))/$d/$f.txt; done
        done
        printf 'job:\\n  commands: ["mkdir out && touch out/{1..100}"]\\n  atomizers: [{N: echo 1}]\\n' > clusterrunner.yaml
        git add . && git commit -q -m first && git repack -adq
        git clone -q "file://$PWD" ../clone
        """
    }

    private static let change = """
        set -e
        for file in $(ls -d src/*/*/1.txt | shuf -n 10); do echo $RANDOM$RANDOM > $file; echo > $file.$RANDOM$RANDOM; done
        git add . && git commit -q -m next
        """
}

/// One build that sets two workspaces up, and its reference, in seconds.
struct WorkspaceRound: Codable {
    /// The seconds until the build was prepared.
    let master: Double
    /// The seconds from there to its end.
    let slave: Double
    let reference: Double
}

extension Rounds<WorkspaceRound> {
    /// The headings of ``row``.
    static let head = ["workspace", "master s", "slave s", "git s", "master / git", "slave / git"]

    /// The medians.
    var row: [String] {
        let (master, slave, reference) = (median(\.master), median(\.slave), median(\.reference))
        return [
            name, master.fixed(3), slave.fixed(3), reference.fixed(3), (master / reference).fixed(2),
            (slave / reference).fixed(2),
        ]
    }
}
