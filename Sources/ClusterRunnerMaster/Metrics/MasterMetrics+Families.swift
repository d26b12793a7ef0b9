import ClusterRunnerMetrics

/// The declarations of a master's metrics, in the order in which they are shown.
///
/// docs/reference/metrics.md is the reference, with the labels; a test compares them.
extension MasterMetrics {
    static let families =
        buildFamilies + atomFamilies + slaveFamilies + storageFamilies + httpFamilies + processFamilies

    private static let buildFamilies = [
        MetricFamily("clusterrunner_build_info", .gauge, "Always 1; the label has the version of the master."),
        MetricFamily("clusterrunner_builds_requested_total", .counter, "Accepted requests for builds."),
        MetricFamily("clusterrunner_builds_unfinished", .gauge, "Unfinished builds."),
        MetricFamily(
            "clusterrunner_build_longest_in_state_seconds",
            .gauge,
            "The longest time that an unfinished build has been in its state; 0 without one."
        ),
        MetricFamily("clusterrunner_builds_ended_total", .counter, "Builds that ended."),
        MetricFamily(
            "clusterrunner_build_duration_seconds",
            minutes,
            "Time from the request of a build to its end."
        ),
        MetricFamily(
            "clusterrunner_build_state_duration_seconds",
            minutes,
            "Time that builds spent in a state that they have left; QUEUED is the time in the queue."
        ),
        MetricFamily("clusterrunner_build_preparations_total", .counter, "Preparations of builds that ended."),
        MetricFamily("clusterrunner_subjobs_open", .gauge, "Incomplete subjobs of unfinished builds."),
    ]

    private static let atomFamilies = [
        MetricFamily("clusterrunner_atoms_total", .counter, "Atoms that have their final result or were canceled."),
        MetricFamily("clusterrunner_atoms_flaky_total", .counter, "Atoms that passed after a failure."),
        MetricFamily("clusterrunner_atom_retries_total", .counter, "Failed runs of atoms that were retried."),
        MetricFamily(
            "clusterrunner_atom_obstacles_total",
            .counter,
            "Runs of atoms that met an obstacle, which is not a failure of their command."
        ),
        MetricFamily("clusterrunner_atom_duration_seconds", minutes, "Run time of the atoms' final runs."),
    ]

    private static let slaveFamilies = [
        MetricFamily("clusterrunner_slaves", .gauge, "Registered slaves."),
        MetricFamily("clusterrunner_slaves_quarantined", .gauge, "Slaves that get no build because of failures."),
        MetricFamily("clusterrunner_slaves_draining", .gauge, "Slaves that get no new work until they are resumed."),
        MetricFamily("clusterrunner_slave_registrations_total", .counter, "Registrations of slaves."),
        MetricFamily("clusterrunner_slave_departures_total", .counter, "Slaves that left or were lost."),
        MetricFamily("clusterrunner_slave_setups_total", .counter, "Set-ups of builds on slaves that ended."),
        MetricFamily("clusterrunner_slave_quarantines_total", .counter, "Quarantines of slaves that began."),
        MetricFamily("clusterrunner_executors", .gauge, "Executors of registered slaves."),
        MetricFamily("clusterrunner_executors_in_use", .gauge, "Executors that have a subjob."),
        MetricFamily("clusterrunner_leases_granted_total", .counter, "Leases that were granted."),
        MetricFamily("clusterrunner_leases_lost_total", .counter, "Leases of slaves that departed with work."),
        MetricFamily("clusterrunner_results_refused_total", .counter, "Reports of atoms that did not count."),
    ]

    private static let storageFamilies = [
        MetricFamily(
            "clusterrunner_store_commit_duration_seconds",
            .durations,
            "Time of a transaction of the database, until its changes are on the disk."
        ),
        MetricFamily(
            "clusterrunner_store_blocked",
            .gauge,
            "1 while the database cannot be written and changes wait, otherwise 0."
        ),
        MetricFamily("clusterrunner_upload_bytes_total", .counter, "Received bytes of uploads."),
        MetricFamily("clusterrunner_disk_free_bytes", .gauge, "Free bytes on the disk of the base directory."),
        MetricFamily(
            "clusterrunner_disk_free_minimum_bytes",
            .gauge,
            "Free bytes below which new builds are refused (min_free_disk_mb)."
        ),
    ]

    private static let httpFamilies = [
        MetricFamily("clusterrunner_http_requests_total", .counter, "Answered requests."),
        MetricFamily(
            "clusterrunner_http_request_duration_seconds",
            .durations,
            "Time from the head of a request to the head of its answer; a stream goes on after that."
        ),
        MetricFamily(
            "clusterrunner_trace_spans_total",
            .counter,
            "Spans of traces that were exported, and those that were dropped."
        ),
    ]

    private static let processFamilies = [
        MetricFamily(
            "process_start_time_seconds",
            .gauge,
            "Start time of the process, in seconds since 1970."
        ),
        MetricFamily("process_cpu_seconds_total", .counter, "User and system time of the process."),
        MetricFamily("process_resident_memory_bytes", .gauge, "Resident memory of the process."),
        MetricFamily("process_virtual_memory_bytes", .gauge, "Virtual memory of the process."),
        MetricFamily("process_open_fds", .gauge, "Open file descriptors of the process."),
        MetricFamily("process_max_fds", .gauge, "Limit of open file descriptors of the process."),
    ]

    /// The buckets of what takes seconds to hours.
    private static let minutes = MetricFamily.Kind.histogram(
        bounds: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 150, 300, 600, 1_800, 3_600, 10_800]
    )
}
