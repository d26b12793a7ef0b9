import ClusterRunnerCore

/// The job that the builds run: every atom says in the ledger when it starts and ends, and who it was in its artifact and
/// its output.
enum ChaosJob {
    static let atoms = 30
    /// Every so many-th atom fails once.
    static let flakyEvery = 7

    private static let command = """
        RUN=$$.$EPOCHREALTIME
        echo "start $CLUSTERRUNNER_BUILD_ID $N $RUN $CLUSTERRUNNER_MASTER_URL $EPOCHREALTIME" >> "$LEDGER"
        echo "$RUN" > "$ARTIFACT_DIR/run"
        echo "$RUN"
        sleep "0.$((1 + N % 5))"
        CODE=0
        if (( N % \(flakyEvery) == 0 )) && mkdir "$MARKS/$CLUSTERRUNNER_BUILD_ID-$N" 2> /dev/null; then CODE=1; fi
        echo "end $RUN $CODE $EPOCHREALTIME" >> "$LEDGER"
        exit $CODE
        """

    /// The job, for a ledger and a directory that remembers which atoms have failed once.
    static func job(ledger: String, marks: String) -> JSONValue {
        [
            "setup_build": ["echo \"setup $CLUSTERRUNNER_BUILD_ID\" >> \"$LEDGER\""],
            "commands": [.string(command)],
            "atomizers": [["N": .string("seq 1 \(atoms)")]],
            "teardown_build": ["echo \"teardown $CLUSTERRUNNER_BUILD_ID\" >> \"$LEDGER\""],
            // So that several builds run at once.
            "max_executors": 4,
            "retries": 1,
            "environment": ["LEDGER": .string(ledger), "MARKS": .string(marks)],
        ]
    }
}
