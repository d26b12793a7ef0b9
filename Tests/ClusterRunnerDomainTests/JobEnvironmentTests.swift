import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@Suite struct JobEnvironmentTests {
    private func environment(inherited: [ByteString: ByteString] = [:], own: [String: String] = [:]) -> JobEnvironment {
        JobEnvironment(
            inherited: inherited,
            job: Job(name: "Unit Tests", command: "run", atomizers: [], environment: own),
            build: 12,
            projectDirectory: "/work space/project",
            masterURL: "http://master:43000"
        )
    }

    @Test func `Every command of a build knows the build`() {
        #expect(
            environment(inherited: ["PATH": "/bin"]).ofBuild == [
                "PATH": "/bin", "PROJECT_DIR": "/work space/project", "CLUSTERRUNNER_BUILD_ID": "12",
                "CLUSTERRUNNER_JOB_NAME": "Unit Tests", "CLUSTERRUNNER_MASTER_URL": "http://master:43000",
            ]
        )
    }

    @Test func `The job's own variables replace inherited ones, but not those that ClusterRunner sets`() {
        let variables = environment(
            inherited: ["A": "inherited", "B": "inherited"],
            own: ["A": "job", "PROJECT_DIR": "/", "CLUSTERRUNNER_BUILD_ID": "0"]
        ).ofBuild
        #expect(variables["A"] == "job" && variables["B"] == "inherited")
        #expect(variables["PROJECT_DIR"] == "/work space/project")
        #expect(variables["CLUSTERRUNNER_BUILD_ID"] == "12")
    }

    @Test func `Several atoms are a list, and only a single one is the value of its variable`() {
        let atoms = ["a b", "$PROJECT_DIR/c"].enumerated().map { number, value in
            GrantedAtom(id: AtomIndex(number), atom: Atom(variable: "T", value: value))
        }
        let environment = environment(inherited: ["T": "inherited"])
        let both = environment.forBatch(atoms, subjob: 3, artifactDirectory: "/a", file: "/a/list")
        #expect(both["T"] == nil && both["ATOMS"] == "a b\n/work space/project/c" && both["ATOMS_FILE"] == "/a/list")
        #expect(both["ATOM_ID"] == "0" && both["CLUSTERRUNNER_SUBJOB_ID"] == "3" && both["ARTIFACT_DIR"] == "/a")
        let one = environment.forBatch([atoms[1]], subjob: 3, artifactDirectory: "/a", file: "/a/list")
        #expect(one["T"] == "/work space/project/c" && one["ATOMS"] == one["T"] && one["ATOM_ID"] == "1")
    }

    @Test func `An executor is numbered on its machine from 0, and over the build from the slave's first on`() {
        let variables = environment().onExecutor(2, firstInBuild: 8).ofBuild
        #expect(variables["EXECUTOR_INDEX"] == "2")
        #expect(variables["MACHINE_EXECUTOR_INDEX"] == "2")
        #expect(variables["BUILD_EXECUTOR_INDEX"] == "10")
    }

    @Test func `An atom's command knows its subjob, its number and where artifacts go`() {
        let atom = GrantedAtom(id: 4, atom: Atom(variable: "TEST", value: "a"))
        let variables = environment().forAtom(atom, subjob: 3, artifactDirectory: "/artifacts/3_4")
        #expect(variables["ATOM_ID"] == "4")
        #expect(variables["CLUSTERRUNNER_SUBJOB_ID"] == "3")
        #expect(variables["ARTIFACT_DIR"] == "/artifacts/3_4")
        #expect(variables["TEST"] == "a")
    }

    @Test func `An atom's command has the span of its run as its parent, if the build is traced`() {
        let record = BuildRecord(id: 12, projectType: "git", parameters: ProjectParameters([:]))
        let job = Job(name: "J", command: "run", atomizers: [], environment: ["TRACEPARENT": "the job's"])
        for trace in [nil, TraceID(of: record)] {
            let environment = JobEnvironment(
                inherited: [:],
                job: job,
                build: 12,
                projectDirectory: "/p",
                masterURL: "",
                trace: trace
            )
            let atom = GrantedAtom(id: 4, atom: Atom(variable: "A", value: ""), failures: 1, obstructions: 1)
            let variables = environment.forAtom(atom, subjob: 3, artifactDirectory: "/a")
            let parent = trace.map { SpanID.run(3, ofAtom: 4, in: 3, $0).traceparent($0) }
            #expect(variables["TRACEPARENT"] == ByteString(parent ?? "the job's"))
            #expect(environment.ofBuild["TRACEPARENT"] == "the job's")
        }
    }

    @Test(arguments: [
        ("$PROJECT_DIR/a b", "/work space/project/a b"), ("\"'`$HOME`;\\n", "\"'`$HOME`;\\n"), ("", ""),
    ])
    func `An atom's value arrives as it is, with the project's path in place`(value: String, expected: String) {
        let atom = GrantedAtom(id: 0, atom: Atom(variable: "V", value: value))
        #expect(environment().forAtom(atom, subjob: 0, artifactDirectory: "/a")["V"] == ByteString(expected))
    }

    @Test func `The variable of another atomizer is unset, unless the job sets it`() {
        let atomizers = ["A", "B", "C"].map { Atomizer(variable: $0, command: "list") }
        let environment = JobEnvironment(
            inherited: ["A": "inherited", "B": "inherited", "C": "inherited", "D": "inherited"],
            job: Job(name: "J", command: "run", atomizers: atomizers, environment: ["C": "default"]),
            build: 1,
            projectDirectory: "/p",
            masterURL: ""
        )
        let atom = GrantedAtom(id: 0, atom: Atom(variable: "A", value: "a"))
        let variables = environment.forAtom(atom, subjob: 0, artifactDirectory: "/a")
        #expect(variables["A"] == "a" && variables["B"] == nil)
        #expect(variables["C"] == "default" && variables["D"] == "inherited")
    }

    @Test func `The atom's own variable wins over all others`() {
        let atom = GrantedAtom(id: 0, atom: Atom(variable: "PATH", value: "atom"))
        let variables = environment(inherited: ["PATH": "/bin"], own: ["PATH": "job"])
            .forAtom(atom, subjob: 0, artifactDirectory: "/a")
        #expect(variables["PATH"] == "atom")
    }
}
