import ClusterRunnerPlugin

/// The job of the builds: atoms record start and end in the ledger, and their identity in artifact and output.
enum ChaosJob {
    static let atoms = 30
    /// The interval of atoms that fail once.
    static let flakyEvery = 7
    /// The exit code of an atom that could not write.
    static let noSpace = 28

    private static let command = """
        RUN=$$.$EPOCHREALTIME
        PLACE="$CLUSTERRUNNER_SUBJOB_ID $ATOM_ID"
        echo "start $CLUSTERRUNNER_BUILD_ID $N $RUN $PLACE $CLUSTERRUNNER_MASTER_URL $EPOCHREALTIME" >> "$LEDGER"
        CODE=0
        { echo "$RUN" > "$ARTIFACT_DIR/run" && echo "$RUN"; } || CODE=\(noSpace)
        sleep "0.$((1 + N % 5))"
        if (( CODE == 0 && N % \(flakyEvery) == 0 )) && mkdir "$MARKS/$CLUSTERRUNNER_BUILD_ID-$N" 2> /dev/null; then
            CODE=1
        fi
        echo "end $RUN $CODE $EPOCHREALTIME" >> "$LEDGER"
        exit $CODE
        """

    /// Makes the job, for a ledger and a directory of the atoms that have failed once.
    static func job(ledger: String, marks: String) -> JSONValue {
        [
            "setup_build": [note("setup")],
            "commands": [.string(command)],
            "atomizers": [["N": .string("seq 1 \(atoms)")]],
            "teardown_build": [note("teardown")],
            // So that several builds run at once.
            "max_executors": 4,
            "retries": 1,
            // The ledger uses the right clock, whatever time the services see.
            "environment": ["LEDGER": .string(ledger), "MARKS": .string(marks), "LD_PRELOAD": ""],
        ]
    }

    /// Makes a command that records a slave's set-up or teardown in the ledger.
    private static func note(_ word: String) -> JSONValue {
        .string("echo \"\(word) $CLUSTERRUNNER_BUILD_ID $CLUSTERRUNNER_MASTER_URL $EPOCHREALTIME\" >> \"$LEDGER\"")
    }
}
