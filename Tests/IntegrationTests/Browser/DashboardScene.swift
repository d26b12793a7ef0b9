import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import Foundation
import Testing

extension RunningCluster {
    /// The origin of the master's pages.
    var origin: String { "http://127.0.0.1:\(port)" }

    /// Names of atoms with markup and control sequences.
    static let hostileNames = [
        #"<script>window.wasHurt = 1</script>"#, #""><img src=x onerror="window.wasHurt = 2">"#,
        #"' onmouseover='window.wasHurt = 3"#, "\u{1B}[31mred\u{1B}[0m", "{{#rows}}{{{title}}}{{/rows}}",
        "javascript:window.wasHurt=4", "\"\u{301} autofocus onfocus=window.wasHurt=5 x=\"",
    ]

    /// Makes the job of the tests: atoms of hostile names, and atoms that pass, fail, are flaky, and print in colours.
    func scene(named name: String = "Unit tests") throws -> [String: JSONValue] {
        let names = Self.hostileNames + (1...24).map { "tests/feature_\($0)/test_case.py" }
        let list = "\(scratch)/names.txt"
        try Data(names.joined(separator: "\n").utf8).write(to: URL(filePath: list))
        let command = #"""
            printf '%s\n' "$NAME"
            printf '\033[1;32mPASS\033[0m \033[33mwarning:\033[0m <b onclick="window.wasHurt = 6">bold</b> &amp;\n'
            for i in 1 2 3 4 5; do echo "step $i"; done
            echo report > "$ARTIFACT_DIR/report.txt"
            case "$NAME" in
            *feature_7/*) printf '\033[31mFAIL\033[0m: expected 1, found 2\n'; sleep 0.2; exit 3 ;;
            *feature_9/*) test -e "$MARK.$ATOM_ID" || { touch "$MARK.$ATOM_ID"; exit 1; } ;;
            *feature_1[0-3]/*) sleep 0.3 ;;
            *feature_3/*) sleep 1.2 ;;
            esac
            """#
        return try inline(
            [
                "commands": [.string(command)], "retries": 1,
                "atomizers": [["NAME": .string("cat '\(list)'")]],
                "setup_build": ["echo preparing; sleep 0.3"], "teardown_build": ["echo cleaning"],
                "environment": ["MARK": .string("\(scratch)/mark-\(UUID().uuidString)")],
            ],
            named: name
        )
    }

    /// Fills the store of a master that is not running with a build of many atoms.
    func fillStore(atoms count: Int) async throws {
        // Recently, because old builds are removed.
        let begin = Date().timeIntervalSince1970 - 1000
        let store = try SQLiteBuildStore(path: "\(scratch)/master/master/clusterrunner.db")
        var build = BuildRecord(
            id: 1,
            projectType: "directory",
            parameters: ProjectParameters(["project_directory": "/a/large/project"]),
            projectID: "/a/large/project",
            jobName: "Everything",
            state: .finished,
            result: .failure,
            timestamps: [
                .queued: begin, .preparing: begin + 1, .prepared: begin + 2, .building: begin + 3,
                .finished: begin + 950,
            ]
        )
        build.progress = BuildProgress(
            subjobs: count,
            atoms: count,
            completedSubjobs: count,
            completedAtoms: count,
            failedAtoms: count / 1000
        )
        try await store.enqueue([.build(build), .counter(.build, atLeast: 1)]).durable()
        for start in stride(from: 0, to: count, by: 10_000) {
            let ids = start..<min(count, start + 10_000)
            try await store.enqueue([.subjobs(ids.map { Self.subjob($0) }), .atoms(ids.map { Self.atom($0, begin) })])
                .durable()
        }
        try store.close()
    }

    /// Fills the store of a master that is not running with 25 builds of a job, of whose atoms the second newly fails,
    /// the third is newly flaky, and the fourth got slower.
    func fillHistory() async throws {
        let begin = Date().timeIntervalSince1970 - 100_000
        let store = try SQLiteBuildStore(path: "\(scratch)/master/master/clusterrunner.db")
        for number in 1...25 {
            let start = begin + Double(number) * 3000
            let (fails, isFlaky, isSlow) = (number > 23, number == 22 || number == 24, number > 22)
            var build = BuildRecord(
                id: BuildID(number),
                projectType: "git",
                parameters: ProjectParameters(["url": "https://git.example/shop.git", "branch": "main"]),
                requester: "ada@laptop",
                projectID: "/srv/shop",
                jobName: "Unit tests",
                slaveParameters: ProjectParameters(["hash": .string("\(number)c0ffee0123456789abcdef0123456789abcdef")]
                ),
                state: .finished,
                result: fails ? .failure : .noFailures,
                timestamps: [.queued: start, .preparing: start, .finished: start + (isSlow ? 100 : 70)]
            )
            build.progress = BuildProgress(
                subjobs: 5,
                atoms: 5,
                completedSubjobs: 5,
                completedAtoms: 5,
                failedAtoms: fails ? 1 : 0,
                flakyAtoms: isFlaky ? 1 : 0
            )
            let atoms = (0..<5).map { id in
                AtomRecord(
                    buildID: build.id,
                    subjobID: SubjobID(id),
                    id: 0,
                    atom: Atom(variable: "TEST", value: "tests/test_\(id + 1).py"),
                    state: .completed,
                    result: AtomResult(exitCode: fails && id == 1 ? 1 : 0, seconds: isSlow && id == 3 ? 40 : 10),
                    attempts: isFlaky && id == 2 ? 2 : 1
                )
            }
            try await store.enqueue([
                .build(build), .counter(.build, atLeast: number),
                .subjobs((0..<5).map { Self.subjob($0, of: build.id) }),
                .atoms(atoms),
            ]).durable()
        }
        try store.close()
    }

    private static func subjob(_ id: Int, of build: BuildID = 1) -> SubjobRecord {
        SubjobRecord(
            buildID: build,
            id: SubjobID(id),
            atomCount: 1,
            state: .completed,
            slaveID: SlaveID(id % 20 + 1),
            attempts: 1
        )
    }

    private static func atom(_ id: Int, _ begin: Double) -> AtomRecord {
        let seconds = Double(id * 7919 % 1000) / 100
        return AtomRecord(
            buildID: 1,
            subjobID: SubjobID(id),
            id: 0,
            atom: Atom(variable: "TEST", value: "tests/package_\(id / 100)/test_\(id)"),
            state: .completed,
            expectedTime: seconds * 1.1,
            result: AtomResult(exitCode: id % 1000 == 7 ? 1 : 0, seconds: seconds),
            attempts: 1,
            slaveID: SlaveID(id % 20 + 1),
            executor: id / 20 % 8,
            startedAt: begin + 3 + Double(id / 160) * 1.5
        )
    }
}
