/// How much is too much.
public struct AdmissionLimits: Sendable, Equatable {
    /// How many bytes must be free on the disk of the results for a new build.
    public var freeBytes: Int
    /// How many builds may be unfinished at a time.
    public var unfinishedBuilds: Int
    /// How many uploads may run at a time.
    public var uploads: Int

    /// Creates limits with the defaults of a configuration file.
    public init(freeBytes: Int = 512 << 20, unfinishedBuilds: Int = 1000, uploads: Int = 32) {
        self.freeBytes = freeBytes
        self.unfinishedBuilds = unfinishedBuilds
        self.uploads = uploads
    }
}
