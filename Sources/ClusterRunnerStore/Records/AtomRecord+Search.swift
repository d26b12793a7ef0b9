import ClusterRunnerDomain
import GRDB

extension AtomRecord {
    /// Reads a page of the atoms that a search matches, and their total number.
    ///
    /// Scans all atoms of the build, in tens of milliseconds for 100,000: an index for each order would cost every
    /// result more than the rare sorting saves.
    static func find(_ search: AtomSearch, in db: Database) throws -> FoundAtoms {
        let text = LikePattern.containing(search.text)
        let page = """
            SELECT \(selectedWithoutConsole), subjobs.state = \(SubjobState.inProgress.number)
            \(source(of: search)) ORDER BY \(order(of: search)) atoms.subjob_id, atoms.id LIMIT ? OFFSET ?
            """
        let atoms = try SQLStatement(page, in: db)
            .rows(search.build, text, search.page.limit ?? -1, search.page.offset) { row in
                FoundAtom(record: try AtomRecord(&row), isHeld: try row.next() ?? false)
            }
        let count = try SQLStatement("SELECT count(*) \(source(of: search))", in: db)
            .rows(search.build, text) { row in try row.next(Int.self) }
        return FoundAtoms(atoms: atoms, total: count.first ?? 0)
    }

    private static func source(of search: AtomSearch) -> String {
        let onlyStatus = search.status.map { "AND \(status) = \(rank(of: $0))" } ?? ""
        return """
            FROM atoms JOIN subjobs ON subjobs.build_id = atoms.build_id AND subjobs.id = atoms.subjob_id
            WHERE atoms.build_id = ?1 AND (?2 IS NULL OR value LIKE ?2 ESCAPE '\\' OR variable LIKE ?2 ESCAPE '\\')
                \(onlyStatus)
            """
    }

    private static func order(of search: AtomSearch) -> String {
        let direction = search.descending ? "DESC" : "ASC"
        let columns: [String] =
            switch search.order {
            case .position: search.descending ? ["atoms.subjob_id", "atoms.id"] : []
            case .status: [status]
            case .name: ["variable", "value"]
            case .expected: ["expected_time"]
            case .actual: ["seconds"]
            case .attempts: ["atoms.attempts"]
            }
        return columns.map { "\($0) \(direction) NULLS LAST, " }.joined()
    }

    /// The status of an atom as a number, in the display order of ``AtomStatus``.
    private static let status = """
        (CASE WHEN exit_code <> 0 OR cause IS NOT NULL THEN \(rank(of: .failed))
            WHEN exit_code IS NOT NULL AND atoms.attempts > 1 THEN \(rank(of: .flaky))
            WHEN exit_code IS NOT NULL THEN \(rank(of: .passed))
            WHEN atoms.state = \(AtomState.canceled.number) THEN \(rank(of: .canceled))
            WHEN atoms.state = \(AtomState.inProgress.number) OR subjobs.state = \(SubjobState.inProgress.number)
                THEN \(rank(of: .running))
            ELSE \(rank(of: .waiting)) END)
        """

    private static func rank(of status: AtomStatus) -> Int {
        AtomStatus.allCases.firstIndex(of: status) ?? AtomStatus.allCases.count
    }
}
