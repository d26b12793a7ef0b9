import ArgumentParser
import Foundation

/// The cost of moving projects to slaves, and artifacts to the master.
struct TransferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Moves a git project to slaves, a large artifact, and many small ones.",
        discussion: """
            The references do the same on this machine: git clone for each slave, from the same git daemon, and tar piped \
            into tar for the artifacts. All data is random, so that nothing compresses. The master fetches the project \
            before slaves get it; that is a part of the build's time, and shown beside it.
            """
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(parsing: .upToNextOption, help: "How many slaves get the git project.")
    var slaves = [1, 4]

    @Option(help: "The size of the git project, in MB, in files of 100 kB.")
    var project = 100

    @Option(help: "The size of the large artifact, in MB.")
    var artifact = 1024

    @Option(help: "How many small artifacts there are, of 1 kB each.")
    var files = 10_000

    @Option(help: "How often each is run; the table has the medians.")
    var rounds = 3

    func run() async throws {
        let path = try program.path()
        var all: [TransferFigures] = []
        for count in slaves {
            all.append(try await withScratchDirectory { try await projects(path, slaves: count, in: $0) })
            progress(all)
        }
        all.append(
            try await withScratchDirectory { directory in
                let source = "head -c \(artifact)M /dev/urandom > source/large"
                return try await artifacts("artifact of \(artifact) MB", source, path, in: directory)
            }
        )
        progress(all)
        all.append(
            try await withScratchDirectory { directory in
                let source = "head -c \(files)k /dev/urandom | split -b 1k -a 5 -d - source/small"
                return try await artifacts("\(files) artifacts of 1 kB", source, path, in: directory)
            }
        )
        var table = Table(TransferFigures.head)
        for figures in all { table.add(figures.row) }
        print(table.text)
        try report.write(all)
    }

    /// Prints that a transfer was measured, because each takes a while.
    private func progress(_ all: [TransferFigures]) {
        guard let last = all.last else { return }
        FileHandle.standardError.write(Data("\(last.name): \(last.build.median.fixed(2)) s\n".utf8))
    }

    /// Measures a build on services without any data.
    private func projects(_ path: String, slaves: Int, in directory: String) async throws -> TransferFigures {
        let prepare = """
            set -e
            git init -q -b main project && cd project
            git config user.name bench && git config user.email bench@example.org
            mkdir files && head -c \(project)M /dev/urandom | split -b 100k -a 5 -d - files/f
            printf 'job:\\n  commands: ["true"]\\n  atomizers: [{N: seq \(slaves)}]\\n' > clusterrunner.yaml
            git add . && git commit -q -m first && git repack -adq
            """
        try Self.shell(prepare, in: directory)
        let server = try GitServer(of: directory)
        defer { server.end() }
        var figures = TransferFigures("git project of \(project) MB to \(slaves) slaves")
        for _ in 0..<max(1, rounds) {
            try await BenchCluster.with(path, slaves: slaves, executors: 1, in: directory) { cluster in
                let build = try cluster.run(
                    ["git", "--url", "\(server.url)/project/.git", "--job-name", "job"],
                    in: directory
                )
                figures.add(build.build, preparation: build.preparation, try cluster.figures())
            }
            try Self.shell("rm -rf master slave* build_results", in: directory)
            let clones = (0..<slaves).map { "git clone -q \(server.url)/project/.git clone\($0) &" } + ["wait"]
            figures.reference.append(try Self.time(clones.joined(separator: "\n"), in: directory))
            try Self.shell("rm -rf clone*", in: directory)
        }
        return figures
    }

    private func artifacts(
        _ name: String,
        _ source: String,
        _ path: String,
        in directory: String
    ) async throws -> TransferFigures {
        try Self.shell("mkdir source && \(source)", in: directory)
        let job = "job:\n  commands: ['ln \(directory)/source/* $ARTIFACT_DIR']\n  atomizers: [{N: echo 1}]\n"
        try Data(job.utf8).write(to: URL(fileURLWithPath: "\(directory)/clusterrunner.yaml"))
        var figures = TransferFigures(name)
        try await BenchCluster.with(path, slaves: 1, executors: 1, in: directory) { cluster in
            for _ in 0..<max(1, rounds) {
                let id = try await cluster.request(job: "job", in: directory)
                figures.add(try await cluster.end(of: id), preparation: 0, try cluster.figures())
                let copy = "mkdir copy && tar c -C source . | tar x -C copy"
                figures.reference.append(try Self.time(copy, in: directory))
                try Self.shell("rm -rf copy", in: directory)
            }
        }
        return figures
    }

    private static func shell(_ script: String, in directory: String) throws {
        _ = try Program("/bin/bash", ["-c", script], in: directory).finish()
    }

    private static func time(_ script: String, in directory: String) throws -> Double {
        let start = ContinuousClock.now
        try shell(script, in: directory)
        return (ContinuousClock.now - start).seconds
    }
}

/// The cost of one kind of transfer.
struct TransferFigures: Codable {
    let name: String
    /// The seconds of the build, from the request to the last result.
    var build: [Double] = []
    /// The part of them before the build was prepared: the project fetched, and its atoms listed.
    var preparation: [Double] = []
    /// The seconds of the reference.
    var reference: [Double] = []
    /// The maximum memory of the master and of the largest slave, in bytes.
    var masterMemory = 0
    var slaveMemory = 0

    init(_ name: String) {
        self.name = name
    }

    mutating func add(_ seconds: Double, preparation: Double, _ figures: BenchCluster.Figures) {
        build.append(seconds)
        self.preparation.append(preparation)
        masterMemory = max(masterMemory, figures.master.peakMemory)
        slaveMemory = max(slaveMemory, figures.slaves.map(\.peakMemory).max() ?? 0)
    }

    /// The headings of ``row``.
    static let head = [
        "transfer", "build s", "of these prepared after s", "reference s", "ratio", "master MB", "slave MB",
    ]

    /// The medians.
    var row: [String] {
        [
            name, build.median.fixed(2), preparation.median.fixed(2), reference.median.fixed(2),
            (build.median / reference.median).fixed(2),
            "\(masterMemory >> 20)", "\(slaveMemory >> 20)",
        ]
    }
}
