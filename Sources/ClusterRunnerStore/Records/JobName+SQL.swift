import ClusterRunnerDomain
import GRDB

extension JobName {
    /// Returns the number of the job in the tables of its history, which the job gets here if it has none.
    func number(addingTo db: Database) throws -> Int? {
        if let known = try number(in: db) { return known }
        try SQLStatement("INSERT INTO timed_jobs (project_id, job_name) VALUES (?, ?)", in: db).run(project, job)
        return try number(in: db)
    }

    /// Returns the number of the job in the tables of its history; nil before it has any.
    func number(in db: Database) throws -> Int? {
        try SQLStatement("SELECT id FROM timed_jobs WHERE project_id = ? AND job_name = ?", in: db)
            .rows(project, job) { row in try row.next(Int.self) }
            .first
    }
}
