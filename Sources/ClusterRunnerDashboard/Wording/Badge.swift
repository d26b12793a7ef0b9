package import ClusterRunnerDomain

/// A state as a word and a colour; the word suffices without the colour.
package struct Badge: Sendable, Equatable {
    let label: String
    let style: String

    /// Creates a badge; the style is a class of the stylesheet.
    package init(_ label: String, _ style: Style) {
        self.label = label
        self.style = style.rawValue
    }

    /// The colours of states.
    package enum Style: String, Sendable {
        case waiting, running, passed, flaky, failed, canceled
    }

    /// Creates the badge of a build's state.
    package init(_ build: BuildRecord) {
        switch build.state {
        case .queued: self.init("Queued", .waiting)
        case .preparing: self.init("Preparing", .running)
        case .prepared: self.init("Prepared", .waiting)
        case .building: self.init("Building", .running)
        case .finished where build.result == .failure: self.init("Failed", .failed)
        case .finished: self.init("Passed", .passed)
        case .error: self.init("Error", .failed)
        case .canceled: self.init("Canceled", .canceled)
        }
    }

    /// Creates the badge of an atom's state; `isHeld` means that a slave has its subjob.
    package init(_ atom: AtomRecord, isHeld: Bool) {
        switch AtomStatus(atom, isHeld: isHeld) {
        case .failed: self.init(atom.result?.cause == "timeout" ? "Timeout" : "Failed", .failed)
        case .flaky: self.init("Flaky", .flaky)
        case .passed: self.init("Passed", .passed)
        case .running: self.init("Running", .running)
        case .waiting: self.init("Waiting", .waiting)
        case .canceled: self.init("Canceled", .canceled)
        }
    }
}
