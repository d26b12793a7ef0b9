import ClusterRunnerDomain
import GRDB

extension BuildRecord {
    /// Reads a page of the builds that a search matches, and their total number.
    static func find(_ search: BuildSearch, in db: Database) throws -> FoundBuilds {
        let states = search.states.map { $0.reduce(0) { mask, state in mask | 1 << state.number } } ?? -1
        let job = LikePattern.containing(search.job)
        let project = LikePattern.containing(search.project)
        let text = LikePattern.containing(search.text)
        let builds = try SQLStatement(select + condition + " ORDER BY id DESC LIMIT ? OFFSET ?", in: db).rows(
            states,
            search.result,
            job,
            project,
            text,
            search.page.limit ?? -1,
            search.page.offset,
            read: Self.init
        )
        let count = try SQLStatement("SELECT count(*) FROM builds " + condition, in: db)
            .rows(states, search.result, job, project, text) { row in try row.next(Int.self) }
        return FoundBuilds(builds: builds, total: count.first ?? 0)
    }

    // Without the parameters of requests: they can hold passwords, which could be guessed letter by letter.
    private static let condition = """
        WHERE ?1 >> state & 1 AND (?2 IS NULL OR result = ?2) AND (?3 IS NULL OR job_name LIKE ?3 ESCAPE '\\')
            AND (?4 IS NULL OR project_id LIKE ?4 ESCAPE '\\')
            AND (?5 IS NULL OR id LIKE ?5 ESCAPE '\\' OR job_name LIKE ?5 ESCAPE '\\' OR project_id LIKE ?5 ESCAPE '\\'
                OR error_message LIKE ?5 ESCAPE '\\')
        """
}
