import ClusterRunnerPlugin
import Foundation

/// The look at a base directory before its database is opened, which makes a missing one.
package enum LostDatabase {
    /// Refuses a base directory where a master has worked and whose database is missing or empty.
    ///
    /// A master makes the folder of results after its database, so one without the other is a database that was lost. Not all
    /// builds leave files there: output of a few lines is in the database.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` that says what to do.
    package static func check(_ database: String, in directory: String) throws {
        let folders = MasterFolders(base: directory)
        var status = stat()
        guard stat(folders.results, &status) == 0 else { return }
        if stat(database, &status) == 0, status.st_size > 0 { return }
        throw ClusterRunnerError(
            .invalidState,
            "\(folders.results) is there, but the database \(database) is missing or empty: it was lost, and builds would "
                + "begin at number 1 again. Put the database back, or move \(folders.results) and \(folders.consoles) away "
                + "to go on from build 1."
        )
    }
}
