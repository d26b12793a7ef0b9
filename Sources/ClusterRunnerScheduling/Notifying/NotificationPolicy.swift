import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// The limits of notifications.
package struct NotificationPolicy: Sendable, Equatable {
    /// The wait after the first failure, which doubles with each further one.
    package var firstDelay: Duration
    /// The longest wait.
    package var longestDelay: Duration
    /// The longest wait that a receiver can ask for.
    package var longestRequestedDelay: Duration
    /// The age of a change of state from which a failed notification of it is given up.
    package var giveUpAfter: Duration
    /// The refusals in a row after which a notification is given up.
    package var refusals: Int
    /// The maximum number of concurrent notifications of one target.
    package var concurrency: Int

    /// Creates a policy.
    package init(
        firstDelay: Duration = .seconds(1),
        longestDelay: Duration = .seconds(300),
        longestRequestedDelay: Duration = .seconds(3600),
        giveUpAfter: Duration = .seconds(86_400),
        refusals: Int = 10,
        concurrency: Int = 4
    ) {
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
        self.longestRequestedDelay = longestRequestedDelay
        self.giveUpAfter = giveUpAfter
        self.refusals = refusals
        self.concurrency = concurrency
    }

    /// Returns the wait after a number of failures in a row, with a wait that the receiver asked for.
    func delay(afterFailures failures: Int, requested: Duration?) -> Duration {
        let backoff = min(longestDelay, firstDelay * (1 << min(max(1, failures) - 1, 20)))
        return max(backoff, min(requested ?? .zero, longestRequestedDelay))
    }
}

/// A notification that is to be delivered now.
package struct DueNotification: Sendable, Hashable {
    /// The build.
    package let build: BuildID
    /// The target.
    package let target: NotificationTarget
    /// The state that the build has entered.
    package let state: BuildState
    /// The time of that change, in seconds since 1970.
    package let changedAt: Double

    /// Creates a notification.
    package init(build: BuildID, target: NotificationTarget, state: BuildState, changedAt: Double) {
        self.build = build
        self.target = target
        self.state = state
        self.changedAt = changedAt
    }
}

/// The outcome of an attempt to deliver a notification.
package enum NotificationOutcome: Sendable, Equatable {
    /// The receiver has it.
    case delivered
    /// The receiver did not take it, and may take it later.
    ///
    /// `isOutage` says that the receiver could not be reached at all. `retryAfter` is the wait that it asked for.
    case failed(String, isOutage: Bool = false, retryAfter: Duration? = nil)
    /// The receiver answered that it does not want it.
    case refused(String)
    /// The receiver will never want it.
    case rejected(String)
}

/// The consequence of an attempt.
package enum NotificationVerdict: Sendable, Equatable {
    /// The notification is done; the next of the build may follow once that is stored.
    ///
    /// `isRecovery` says that earlier attempts at the target had failed.
    case delivered(isRecovery: Bool)
    /// The notification is given up, for a reason.
    case givenUp(String)
    /// The notification is tried again after a wait.
    ///
    /// `isNews` says that the last attempt at the target had succeeded.
    case retry(after: Duration, reason: String, isNews: Bool)
}
