extension JobKey {
    /// The meaning of the key in a sentence or two, for editors.
    var help: String {
        switch self {
        case .commands: "The commands that run once for each atom, in one shell. The first that fails ends the list."
        case .atomizers: "Commands whose lines of output are the atoms: each line is a value of the variable."
        case .setupBuild: "The commands that run once on each slave, before its first atom of the build."
        case .teardownBuild: "The commands that run once on each slave, after its last atom of the build."
        case .maxExecutors: "The most executors that the build uses at a time."
        case .maxExecutorsPerSlave: "The most executors that the build uses on one slave."
        case .timeout: "The seconds after which an atom that still runs is killed."
        case .setupTimeout: "The seconds that setup_build may take. Without it the configuration of the slave decides."
        case .teardownTimeout:
            "The seconds that teardown_build may take. Without it the configuration of the slave decides."
        case .retries: "How often a failed atom is run again."
        case .failFast: "Whether the first final failure ends the build. Atoms that run may end, others never begin."
        case .speculate: "Whether an atom that runs far longer than it ever did is run a second time on an idle slave."
        case .batch: "Whether one run of the commands takes many atoms: $ATOMS and $ATOMS_FILE have one a line."
        case .errexit: "Whether the first failing line inside a command ends it. With false its last line decides."
        case .junit: "The reports of test cases, in JUnit's XML, that the commands leave below $ARTIFACT_DIR."
        case .report: "The format of test results in the output of the commands: tap, the Test Anything Protocol."
        case .environment: "Variables that all commands of the job get."
        case .container: "The image in whose containers all commands of the job run, with podman or docker."
        case .containerOptions: "Further options for \"podman run\" or \"docker run\", one word each."
        }
    }
}
