import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import GRDB

extension CaseRecord {
    /// Reads a page of the cases that a search matches, and their total number.
    static func find(_ search: CaseSearch, in db: Database) throws -> FoundCases {
        let text = LikePattern.containing(search.text)
        let subjobs = search.subjobs ?? SubjobID(.min)...SubjobID(.max)
        let page = """
            SELECT case_id, cases.subjob_id, cases.atom_id, position, variable, value, name, class, file, cases.seconds, outcome
            \(source(of: search)) ORDER BY \(order(of: search)) cases.build_id, cases.subjob_id, cases.atom_id, position
            LIMIT ?6 OFFSET ?7
            """
        var cases = try SQLStatement(page, in: db)
            .rows(
                search.build,
                subjobs.lowerBound,
                subjobs.upperBound,
                text,
                search.name,
                search.page.limit ?? -1,
                search.page.offset
            ) { row in try CaseRecord(&row, build: search.build) }
        for index in cases.indices where cases[index].testCase.outcome != .passed {
            try cases[index].addWords(from: db)
        }
        return FoundCases(cases: cases, total: try total(of: search, text, subjobs, cases.count, in: db))
    }

    private static func total(
        of search: CaseSearch,
        _ text: String?,
        _ subjobs: ClosedRange<SubjobID>,
        _ found: Int,
        in db: Database
    ) throws -> Int {
        guard let limit = search.page.limit else { return search.page.offset + found }
        if found > 0 && found < limit { return search.page.offset + found }
        return try SQLStatement("SELECT count(*) \(source(of: search))", in: db)
            .rows(search.build, subjobs.lowerBound, subjobs.upperBound, text, search.name) { row in
                try row.next(Int.self)
            }.first ?? 0
    }

    private static func source(of search: CaseSearch) -> String {
        var conditions = ["cases.build_id = ?1", "cases.subjob_id BETWEEN ?2 AND ?3"]
        if let outcomes = search.outcomes {
            // So that SQLite sees that the index of failed cases has them all.
            if outcomes.allSatisfy({ $0.number >= CaseOutcome.flaky.number }) { conditions.append("outcome >= 2") }
            conditions.append("outcome IN (\(outcomes.map(\.number.description).sorted().joined(separator: ", ")))")
        }
        if let atom = search.atom { conditions.append("cases.atom_id = \(atom.rawValue)") }
        conditions.append(
            "(?4 IS NULL OR \(["name", "class", "file"].map { "\($0) LIKE ?4 ESCAPE '\\'" }.joined(separator: " OR ")))"
        )
        conditions.append("(?5 IS NULL OR name = ?5)")
        return """
            FROM cases JOIN case_names ON case_names.id = case_id
            JOIN atoms ON atoms.build_id = cases.build_id AND atoms.subjob_id = cases.subjob_id AND atoms.id = cases.atom_id
            WHERE \(conditions.joined(separator: " AND "))
            """
    }

    private static func order(of search: CaseSearch) -> String {
        switch search.order {
        case .position: ""
        // Skipped and passed are the last two, in the order of people's interest.
        case .outcome: "max(outcome, 1) DESC, outcome DESC, "
        case .time: "cases.seconds DESC NULLS LAST, "
        }
    }

    private init(_ row: inout SQLRow, build: BuildID) throws {
        let id: CaseID = try row.next()
        let subjob: SubjobID = try row.next()
        let atomID: AtomIndex = try row.next()
        let position: Int = try row.next()
        let atom = Atom(variable: try row.next(), value: try row.next(ByteString.self))
        let name: String = try row.next()
        let className: String = try row.next()
        let file: String = try row.next()
        let seconds: Double? = try row.next()
        self.init(
            id: id,
            buildID: build,
            subjobID: subjob,
            atomID: atomID,
            position: position,
            atom: atom,
            testCase: TestCase(
                name: name,
                className: className.isEmpty ? nil : className,
                file: file.isEmpty ? nil : file,
                seconds: seconds,
                outcome: try row.next()
            )
        )
    }

    private mutating func addWords(from db: Database) throws {
        let select = """
            SELECT number, message, type, text FROM case_failures
            WHERE build_id = ? AND subjob_id = ? AND atom_id = ? AND position = ? ORDER BY number
            """
        let words = try SQLStatement(select, in: db)
            .rows(buildID, subjobID, atomID, position) { row in
                let number: Int = try row.next()
                return (number, CaseFailure(message: try row.next(), type: try row.next(), text: try row.next()))
            }
        testCase.failure = words.first { $0.0 == 0 }?.1
        testCase.otherFailures = words.filter { $0.0 > 0 }.map(\.1)
    }
}

extension CaseCounts {
    /// Reads the numbers of cases of builds.
    static func read(of builds: [BuildID], from db: Database) throws -> [BuildID: Self] {
        let statement = try SQLStatement(
            "SELECT total, failed, skipped, flaky FROM case_builds WHERE build_id = ?",
            in: db
        )
        var counts: [BuildID: Self] = [:]
        for build in builds {
            counts[build] = try statement.rows(build) { row in
                try Self(total: row.next(), failed: row.next(), skipped: row.next(), flaky: row.next())
            }.first
        }
        return counts
    }
}
