/// The environment variables that the commands of a job get.
public struct JobEnvironment: Sendable, Equatable {
    private var variables: [String: String]
    /// Inherited variables that only atoms are to set.
    private let inheritedAtomVariables: [String]

    /// Creates the environment of a build's commands on one machine.
    ///
    /// Of equal names the later wins: `inherited`, the job's own `environment`, then what ClusterRunner says.
    public init(inherited: [String: String], job: Job, build: Int, projectDirectory: String, masterURL: String) {
        variables = inherited.merging(job.environment) { $1 }
        inheritedAtomVariables = job.atomizers.map(\.variable).filter {
            inherited[$0] != nil && job.environment[$0] == nil
        }
        variables["PROJECT_DIR"] = projectDirectory
        variables["CLUSTERRUNNER_BUILD_ID"] = String(build)
        variables["CLUSTERRUNNER_JOB_NAME"] = job.name
        variables["CLUSTERRUNNER_MASTER_URL"] = masterURL
    }

    /// The variables of commands that run once per slave, or on the master.
    public var ofBuild: [String: String] { variables }

    /// The variables of commands that run on one executor of a slave.
    public func onExecutor(_ index: Int, firstInBuild: Int) -> JobEnvironment {
        var copy = self
        copy.variables["EXECUTOR_INDEX"] = String(index)
        copy.variables["MACHINE_EXECUTOR_INDEX"] = String(index)
        copy.variables["BUILD_EXECUTOR_INDEX"] = String(firstInBuild + index)
        return copy
    }

    /// The variables of the command that runs an atom.
    public func forAtom(_ atom: AssignedAtom, subjob: Int, artifactDirectory: String) -> [String: String] {
        var all = variables
        for name in inheritedAtomVariables { all[name] = nil }
        all["ATOM_ID"] = String(atom.id)
        all["CLUSTERRUNNER_SUBJOB_ID"] = String(subjob)
        all["ARTIFACT_DIR"] = artifactDirectory
        all[atom.atom.variable] = atom.atom.value(in: variables["PROJECT_DIR"] ?? "")
        return all
    }
}
