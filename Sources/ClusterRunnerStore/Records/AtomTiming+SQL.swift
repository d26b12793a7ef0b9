import ClusterRunnerDomain
import ClusterRunnerJobFile
import GRDB

extension AtomTiming {
    /// Inserts the newest runs, the last one newest, before the stored ones.
    static func write(_ timings: [Self], projectID: String, jobName: String, to db: Database) throws {
        guard let job = try JobName(project: projectID, job: jobName).number(addingTo: db) else { return }
        let statement = try SQLStatement(upsert, in: db)
        for timing in timings {
            try statement.run(job, timing.atom.variable, timing.atom.value, timing.seconds)
        }
    }

    /// Reads the newest runs of a job's atoms.
    static func read(
        of atoms: [Atom],
        projectID: String,
        jobName: String,
        limit: Int,
        from db: Database
    ) throws -> [Atom: [Double]] {
        guard limit > 0, let job = try JobName(project: projectID, job: jobName).number(in: db) else { return [:] }
        let statement = try SQLStatement(select, in: db)
        var timings: [Atom: [Double]] = [:]
        // One by one: a job whose atoms change their names has many more than a build.
        for atom in atoms {
            let rows = try statement.rows(job, atom.variable, atom.value) { row in try runs(&row, limit: limit) }
            if let runs = rows.first { timings[atom] = runs }
        }
        return timings
    }

    // The columns fill from the left, so the first empty one ends the list.
    private static func runs(_ row: inout SQLRow, limit: Int) throws -> [Double] {
        var runs: [Double] = []
        while runs.count < min(limit, keptRuns), let seconds = try row.next(Double?.self) { runs.append(seconds) }
        return runs
    }

    /// Number of runs stored for an atom.
    private static let keptRuns = 10

    private static let select = """
        SELECT run1, run2, run3, run4, run5, run6, run7, run8, run9, run10
        FROM timings WHERE job_id = ? AND variable = ? AND value = ?
        """

    // All right sides are the old values, so this moves each run by one column.
    private static let upsert = """
        INSERT INTO timings (job_id, variable, value, run1) VALUES (?, ?, ?, ?)
        ON CONFLICT (job_id, variable, value) DO UPDATE SET
            run10 = run9, run9 = run8, run8 = run7, run7 = run6, run6 = run5,
            run5 = run4, run4 = run3, run3 = run2, run2 = run1, run1 = excluded.run1
        """
}
