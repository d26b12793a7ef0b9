/// The limits a cluster works under.
package struct ClusterPolicy: Sendable, Equatable {
    /// Without a sign of life for this long, a slave is lost.
    package var slaveTimeout: Duration
    /// A message to a slave that takes longer than this is taken for lost.
    package var deliveryTime: Duration
    /// How often a subjob may lose its slave before its atoms fail.
    package var lossBudget: Int
    /// How many set-ups of a build may fail before the build is in error.
    package var setupBudget: Int
    /// How often slaves may fail to run atoms of a build before the build is in error.
    package var runBudget: Int
    /// How long a slave on which set-ups keep failing, or that cannot run atoms, gets no build at first; it doubles each time.
    package var quarantine: Duration
    /// The longest such time.
    package var longestQuarantine: Duration
    /// How long what speaks against a slave is remembered when the slave is gone.
    package var healthMemory: Duration
    /// How long a slave that left or was lost stays listed.
    package var departedMemory: Duration
    /// How much work, in time, a slave is given ahead when its subjobs are short.
    package var handOutAhead: Duration
    /// A slave is asked for atoms that it has not begun if it would take longer than this to begin them.
    package var leastShared: Duration
    /// So many times what an atom should take is far too long.
    package var straggling: Double
    /// No atom that runs for less than this takes too long.
    package var leastStraggling: Duration

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
