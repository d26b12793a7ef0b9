import ClusterRunnerPlugin

/// The job that the builds run: every atom says in the ledger when it starts and ends, and who it was in its artifact and
/// its output.
enum ChaosJob {
    static let atoms = 30
    /// Every so many-th atom fails once.
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

    /// The job, for a ledger and a directory that remembers which atoms have failed once.
    static func job(ledger: String, marks: String) -> JSONValue {
        [
            "setup_build": [note("setup")],
            "commands": [.string(command)],
            "atomizers": [["N": .string("seq 1 \(atoms)")]],
            "teardown_build": [note("teardown")],
            // So that several builds run at once.
            "max_executors": 4,
            "retries": 1,
            // The clock of the ledger is the right one, whatever the services see.
            "environment": ["LEDGER": .string(ledger), "MARKS": .string(marks), "LD_PRELOAD": ""],
        ]
    }

    /// A command that writes in the ledger what its slave does for a build.
    private static func note(_ word: String) -> JSONValue {
        .string("echo \"\(word) $CLUSTERRUNNER_BUILD_ID $CLUSTERRUNNER_MASTER_URL $EPOCHREALTIME\" >> \"$LEDGER\"")
    }
}
