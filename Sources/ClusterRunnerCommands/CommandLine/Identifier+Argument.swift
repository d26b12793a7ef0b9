package import ArgumentParser
import ClusterRunnerDomain

extension BuildID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    /// The numbers of the builds that there are.
    package static var defaultCompletionKind: CompletionKind {
        .custom { words, _, _ in await ShellCompletions(words).builds() }
    }
}

extension SlaveID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
