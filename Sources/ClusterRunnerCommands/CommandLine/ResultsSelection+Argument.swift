import ArgumentParser
package import ClusterRunnerWire

extension ResultsSelection: ExpressibleByArgument {}
