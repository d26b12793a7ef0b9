extension [TestCase] {
    /// Returns the cases of the run that counts, with the failures of the same cases in earlier runs of the atom, oldest
    /// first.
    ///
    /// A case that failed earlier and passes now is flaky. Of cases with the same name, the first of one run is the
    /// first of the other.
    package func merged(withEarlier runs: [[TestCase]]) -> [TestCase] {
        var failures: [TestCase.Key: [CaseFailure]] = [:]
        for run in runs {
            var keys = TestCase.KeyMaker()
            for each in run {
                let key = keys.key(of: each)
                guard each.outcome.isFailure else { continue }
                failures[key, default: []] += [each.failure ?? CaseFailure()] + each.otherFailures
            }
        }
        guard !failures.isEmpty else { return self }
        var keys = TestCase.KeyMaker()
        return map { each in
            guard let earlier = failures[keys.key(of: each)] else { return each }
            var merged = each
            merged.otherFailures = earlier + each.otherFailures
            if each.outcome == .passed { merged.outcome = .flaky }
            return merged
        }
    }
}

extension TestCase {
    /// The identity of a case within the runs of one atom.
    fileprivate struct Key: Hashable {
        let name: String
        let className: String?
        let file: String?
        /// The number of cases with these names before it.
        var occurrence = 0
    }

    /// Numbers the cases of a run that have the same names.
    fileprivate struct KeyMaker {
        private var counts: [Key: Int] = [:]

        mutating func key(of each: TestCase) -> Key {
            var key = Key(name: each.name, className: each.className, file: each.file)
            let count = counts[key, default: 0]
            counts[key] = count + 1
            key.occurrence = count
            return key
        }
    }
}
