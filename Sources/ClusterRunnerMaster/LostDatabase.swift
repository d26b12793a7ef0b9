import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The check of a base directory before its database is opened, because opening creates a missing one.
package enum LostDatabase {
    /// Refuses a base directory that a master has used and whose database is missing or empty.
    ///
    /// A master creates the results folder after its database, so a results folder alone means that the database was
    /// lost. Not all builds leave files there: output of a few lines is in the database.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` that says what to do.
    package static func check(_ database: String, in directory: String) throws {
        let folders = MasterFolders(base: directory)
        guard FileStatus(path: folders.results) != nil else { return }
        if let status = FileStatus(path: database), status.size > 0 { return }
        throw ClusterRunnerError(
            .invalidState,
            "\(folders.results) is there, but the database \(database) is missing or empty: it was lost, and builds would "
                + "begin at number 1 again. Put the database back, or move \(folders.results) and \(folders.consoles) away "
                + "to go on from build 1."
        )
    }
}
