import Foundation

/// Lends `body` the absolute path of an empty directory and removes it afterwards, even after an error.
///
/// With the environment variable `KEEP_SCRATCH` set, the directory stays and its path is printed, for examination after
/// a failure.
public func withScratchDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    let directory = base.appending(path: "clusterrunner-\(UUID().uuidString)").path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { discard(directory) }
    return try await body(directory)
}

private func discard(_ directory: String) {
    guard ProcessInfo.processInfo.environment["KEEP_SCRATCH"] == nil else { return print("Kept \(directory)") }
    // A failed removal is left to the system's temporary directory; no test fails for it.
    try? FileManager.default.removeItem(atPath: directory)
}
