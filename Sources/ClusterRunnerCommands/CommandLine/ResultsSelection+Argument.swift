public import ArgumentParser
public import ClusterRunnerAPI

extension ResultsSelection: ExpressibleByArgument {}
