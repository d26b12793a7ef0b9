import ArgumentParser
import ClusterRunnerDomain

extension SlaveID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
