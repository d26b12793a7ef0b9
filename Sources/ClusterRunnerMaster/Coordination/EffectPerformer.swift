import ClusterRunnerDomain
import ClusterRunnerScheduling

/// Starts the effects of decisions without waiting for them.
struct EffectPerformer: Sendable {
    let preparations: Preparations
    let outlets: InstructionOutlets
    let endings: BuildEndings
    let tokens: SlaveTokens
    let results: ResultsFolder
    let consoles: ConsoleKeeper
    let liveCommands: LiveCommands
    let janitor: Janitor
    /// Wakes readers of events.
    let signal: EventSignal
    /// Wakes readers of outputs.
    let consoleSignal: EventSignal

    func perform(_ effect: ClusterEffect) {
        switch effect {
        case .prepare(let build): preparations.start(build: build)
        case .restore(let build): preparations.restore(build: build)
        case .release(let build): release(build)
        case .instruct(let slave, let instruction): outlets.send(instruction, to: slave)
        case .disconnect(let slave):
            outlets.close(slave: slave)
            tokens.forget(slave)
            liveCommands.drop(slave: slave)
            consoleSignal.send()
            results.discardUploads(of: slave)
        case .eventsStored:
            signal.send()
            consoleSignal.send()
        }
    }

    private func release(_ build: BuildID) {
        endings.send(build: build)
        consoles.finish(build: build) { [consoleSignal] in consoleSignal.send() }
        preparations.release(build: build)
        janitor.wake()
    }
}
