/// The limits of a cluster.
package struct ClusterPolicy: Sendable, Equatable {
    /// Maximum silence of a slave before it counts as lost.
    package var slaveTimeout: Duration
    /// Maximum delivery time of a message to a slave before it counts as lost.
    package var deliveryTime: Duration
    /// Number of slave losses at which the atoms of a subjob fail.
    package var lossBudget: Int
    /// Number of failed set-ups that puts a build in error.
    package var setupBudget: Int
    /// Number of slaves' failures to run atoms that puts a build in error.
    package var runBudget: Int
    /// Length of a slave's first quarantine, after repeated failures; it doubles each time.
    package var quarantine: Duration
    /// Maximum length of a quarantine.
    package var longestQuarantine: Duration
    /// Time after which the health of a departed slave is forgotten.
    package var healthMemory: Duration
    /// Time for which a slave that left or was lost stays listed.
    package var departedMemory: Duration
    /// Amount of work, in time, that a slave gets ahead when subjobs are short.
    package var handOutAhead: Duration
    /// Time until a slave would begin all its atoms, above which it is asked to give some back.
    package var leastShared: Duration
    /// Multiple of its expected time after which an atom is a straggler.
    package var straggling: Double
    /// Minimum run time of a straggler.
    package var leastStraggling: Duration
    /// Whether slaves get the numbers of builds' traces, for the environment of atoms.
    package var tracesBuilds = false
    /// Number of builds of a job whose test cases are kept as history, removed builds included.
    package var keptCaseBuilds = 100

    /// Creates a policy.
    package init(
        slaveTimeout: Duration = .seconds(10),
        deliveryTime: Duration = .seconds(1),
        lossBudget: Int = 3,
        setupBudget: Int = 5,
        runBudget: Int = 5,
        quarantine: Duration = .seconds(10),
        longestQuarantine: Duration = .seconds(600),
        healthMemory: Duration = .seconds(86_400),
        departedMemory: Duration = .seconds(3600),
        handOutAhead: Duration = .milliseconds(250),
        leastShared: Duration = .milliseconds(50),
        straggling: Double = 3,
        leastStraggling: Duration = .seconds(2)
    ) {
        self.slaveTimeout = slaveTimeout
        self.deliveryTime = deliveryTime
        self.lossBudget = lossBudget
        self.setupBudget = setupBudget
        self.runBudget = runBudget
        self.quarantine = quarantine
        self.longestQuarantine = longestQuarantine
        self.healthMemory = healthMemory
        self.departedMemory = departedMemory
        self.handOutAhead = handOutAhead
        self.leastShared = leastShared
        self.straggling = straggling
        self.leastStraggling = leastStraggling
    }
}
