import ClusterRunnerJobFile

/// A job in words.
struct JobDescription {
    let job: Job

    /// One line for each part of the job.
    var text: String {
        var lines = ["\(job.name):"]
        if let container = job.container { lines.append("  \(shown(container))") }
        if let setup = job.setup { lines.append("  once per slave, first:\(shown(setup))") }
        for atomizer in job.atomizers { lines.append("  atoms, as \(atomizer.variable):\(shown(atomizer.command))") }
        if let union { lines.append("  \(union)") }
        lines.append("  for each atom:\(shown(job.command))")
        if let teardown = job.teardown { lines.append("  once per slave, last:\(shown(teardown))") }
        if !limits.isEmpty { lines.append("  limits: \(limits.joined(separator: ", "))") }
        for (name, value) in job.environment.sorted(by: { $0.key < $1.key }) { lines.append("  \(name)=\(value)") }
        return lines.joined(separator: "\n")
    }

    /// Returns a script without the separators of its entries, one entry a line.
    private func shown(_ script: String) -> String {
        let lines = CommandList.lines(ofEntries: script)
        return lines.map { (lines.count > 1 ? "\n    " : " ") + $0 }.joined()
    }

    private func shown(_ container: JobContainer) -> String {
        let options = container.options.isEmpty ? "" : ", started with \(container.options.joined(separator: " "))"
        return "in containers of the image \(container.image)\(options)"
    }

    /// A sentence about atomizers of different variables, which list a union and not a product.
    private var union: String? {
        let names = job.atomizers.map(\.variable)
        let variables = names.indices.filter { !names[..<$0].contains(names[$0]) }.map { names[$0] }
        guard variables.count > 1 else { return nil }
        return "an atom sets only one of \(variables.joined(separator: ", ")); the others are unset"
    }

    /// Formats seconds in the usual way: 60, not 60.0.
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
            job.errexit ? nil : "a failing line does not end its command",
            job.batch ? "one run of the commands takes many atoms" : nil,
            job.speculate ? "an atom that takes far too long is run a second time" : nil,
        ].compactMap { $0 }
    }
}
