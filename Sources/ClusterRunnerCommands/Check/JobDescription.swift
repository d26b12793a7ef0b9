import ClusterRunnerCore

/// A job in words.
struct JobDescription {
    let job: Job

    /// One line for each thing the job says.
    var text: String {
        var lines = ["\(job.name):"]
        if let setup = job.setup { lines.append("  once per slave, first: \(setup)") }
        for atomizer in job.atomizers { lines.append("  atoms, as \(atomizer.variable): \(atomizer.command)") }
        lines.append("  for each atom: \(job.command)")
        if let teardown = job.teardown { lines.append("  once per slave, last: \(teardown)") }
        if !limits.isEmpty { lines.append("  limits: \(limits.joined(separator: ", "))") }
        for (name, value) in job.environment.sorted(by: { $0.key < $1.key }) { lines.append("  \(name)=\(value)") }
        return lines.joined(separator: "\n")
    }

    /// A number of seconds as people write it: 60, not 60.0.
    private func seconds(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private var limits: [String] {
        [
            job.maxExecutors.map { "at most \($0) executors" },
            job.maxExecutorsPerSlave.map { "at most \($0) executors per slave" },
            job.timeout.map { "\(seconds($0)) s per atom" },
            job.setupTimeout.map { "\(seconds($0)) s for the set-up" },
            job.teardownTimeout.map { "\(seconds($0)) s for the teardown" },
            job.retries > 0 ? "a failed atom is run again up to \(job.retries) times" : nil,
            job.failFast ? "the first failure ends the build" : nil,
            job.speculate ? "an atom that takes far too long is run a second time" : nil,
        ].compactMap { $0 }
    }
}
