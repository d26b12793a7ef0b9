import ArgumentParser
import ClusterRunnerDomain

extension BuildID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension SlaveID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
