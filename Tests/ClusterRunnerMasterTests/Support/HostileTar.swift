import ClusterRunnerTesting
import Foundation
import Testing

/// An attacker's archive, made by the system's tar.
enum HostileTar {
    /// Makes an archive in a directory with an entry that leads two directories up.
    static func make(in directory: String) throws -> String {
        let source = "\(directory)/hostile"
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        try "evil".write(toFile: "\(source)/evil", atomically: true, encoding: .utf8)
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = [
            "tar", "-C", source, "-cPf", "\(directory)/hostile.tar", "--transform", "s,^evil,../../evil,", "evil",
        ]
        try tar.start()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        return "\(directory)/hostile.tar"
    }
}
