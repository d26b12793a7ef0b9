package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The environment variables for the commands of a job.
package struct JobEnvironment: Sendable, Equatable {
    private var variables: [ByteString: ByteString]
    /// Inherited variables that are reserved for atoms.
    private let inheritedAtomVariables: [ByteString]
    private let trace: TraceID?

    /// The names of ClusterRunner's own variables that begin with `CLUSTERRUNNER_`.
    ///
    /// A command that runs `clusterrunner` passes them on, so they are not settings of it.
    package static let ownNames: Set<String> = [
        "CLUSTERRUNNER_BUILD_FILE", "CLUSTERRUNNER_BUILD_ID", "CLUSTERRUNNER_BUILD_RESULT",
        "CLUSTERRUNNER_BUILD_STATE", "CLUSTERRUNNER_BUILD_URL", "CLUSTERRUNNER_COOKIE", "CLUSTERRUNNER_JOB_NAME",
        "CLUSTERRUNNER_MASTER_URL", "CLUSTERRUNNER_SUBJOB_ID",
    ]

    /// Creates the environment of a build's commands on one machine.
    ///
    /// Later sources override earlier ones: `inherited`, the job's own `environment`, then ClusterRunner's variables.
    package init(
        inherited: [ByteString: ByteString],
        job: Job,
        build: BuildID,
        projectDirectory: ByteString,
        masterURL: String,
        trace: TraceID? = nil
    ) {
        self.trace = trace
        variables = inherited
        for (name, value) in job.environment { variables[ByteString(name)] = ByteString(value) }
        inheritedAtomVariables = job.atomizers.map { ByteString($0.variable) }.filter {
            inherited[$0] != nil && job.environment[$0.description] == nil
        }
        variables["PROJECT_DIR"] = projectDirectory
        variables["CLUSTERRUNNER_BUILD_ID"] = ByteString(String(build))
        variables["CLUSTERRUNNER_JOB_NAME"] = ByteString(job.name)
        variables["CLUSTERRUNNER_MASTER_URL"] = ByteString(masterURL)
    }

    /// The variables for commands that run once per slave, or on the master.
    package var ofBuild: [ByteString: ByteString] { variables }

    /// Returns the environment for commands that run on one executor of a slave.
    package func onExecutor(_ index: Int, firstInBuild: Int) -> JobEnvironment {
        var copy = self
        copy.variables["EXECUTOR_INDEX"] = ByteString(String(index))
        copy.variables["MACHINE_EXECUTOR_INDEX"] = ByteString(String(index))
        copy.variables["BUILD_EXECUTOR_INDEX"] = ByteString(String(firstInBuild + index))
        return copy
    }

    /// Returns the variables for the command that runs an atom.
    package func forAtom(_ atom: GrantedAtom, subjob: SubjobID, artifactDirectory: String) -> [ByteString: ByteString] {
        var all = variables
        for name in inheritedAtomVariables { all[name] = nil }
        all["ATOM_ID"] = ByteString(String(atom.id))
        all["CLUSTERRUNNER_SUBJOB_ID"] = ByteString(String(subjob))
        all["ARTIFACT_DIR"] = ByteString(artifactDirectory)
        if let trace {
            let span = SpanID.run(atom.run, ofAtom: atom.id, in: subjob, trace)
            all["TRACEPARENT"] = ByteString(span.traceparent(trace))
        }
        all[ByteString(atom.atom.variable)] = value(of: atom)
        return all
    }

    /// Returns the variables for a command that runs several atoms; `file` has their values, too.
    ///
    /// The variable of the atoms is set only for a single one. The other variables of an atom are those of the first.
    package func forBatch(
        _ atoms: [GrantedAtom],
        subjob: SubjobID,
        artifactDirectory: String,
        file: String
    ) -> [ByteString: ByteString] {
        guard let first = atoms.first else { return variables }
        var all = forAtom(first, subjob: subjob, artifactDirectory: artifactDirectory)
        if atoms.count > 1 { all[ByteString(first.atom.variable)] = nil }
        all["ATOMS"] = ByteString(Array(atoms.map { value(of: $0).bytes }.joined(separator: [UInt8(ascii: "\n")])))
        all["ATOMS_FILE"] = ByteString(file)
        return all
    }

    /// Returns the value of an atom's variable on this machine.
    package func value(of atom: GrantedAtom) -> ByteString { atom.atom.value(in: variables["PROJECT_DIR"] ?? "") }
}
