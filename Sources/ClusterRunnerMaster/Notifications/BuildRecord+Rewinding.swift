import ClusterRunnerDomain
import ClusterRunnerPlugin

extension BuildRecord {
    /// Returns the build as it was when it entered a state.
    ///
    /// Whatever becomes known later is missing, so that each attempt of a notification has the same body, also when the
    /// build has gone on meanwhile. A state that the build has never entered gives its present state.
    func rewound(to state: BuildState) -> Self {
        guard !state.isFinal, timestamps[state] != nil else { return self }
        var past = self
        past.state = state
        past.result = nil
        past.errorMessage = nil
        past.timestamps = timestamps.filter { $0.key.step <= state.step }
        past.executorsGiven = 0
        past.progress = BuildProgress()
        if state.step >= BuildState.prepared.step {
            past.progress.subjobs = progress.subjobs
            past.progress.atoms = progress.atoms
        } else {
            (past.projectID, past.job, past.slaveParameters, past.notes) = (nil, nil, nil, [])
            past.jobName = parameters.jobName
        }
        return past
    }
}
