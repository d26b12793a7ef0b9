/// A project type that takes projects from the machine of the person who requests a build.
///
/// `clusterrunner build` calls ``upload(_:to:)`` before it requests the build. Each of its messages reaches
/// ``receive(_:into:)`` of the same type on the master. Only the two interpret them.
public protocol UploadingProjectType: ProjectType {
    /// Sends what the request needs from this machine, and returns the parameters of the request for the master.
    ///
    /// Parameters that need nothing from this machine are returned as they are.
    ///
    /// - Throws: ``ClusterRunnerError`` that says what cannot be sent; `CancellationError` soon after the surrounding
    ///   task was canceled.
    static func upload(
        _ parameters: ProjectParameters,
        to destination: any UploadDestination
    ) async throws -> ProjectParameters

    /// Takes a message on the master and returns the answer.
    ///
    /// A message may come twice, and several at the same time, also from different machines.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` for a malformed message.
    static func receive(_ message: [UInt8], into storage: UploadStorage) async throws -> [UInt8]
}

/// The master, as a machine that uploads a project sees it.
public protocol UploadDestination: Sendable {
    /// Sends a message of at most ``UploadStorage/messageLimit`` bytes and returns the answer.
    ///
    /// The message is authenticated, and sent again while the master cannot be reached for a short time.
    func send(_ message: [UInt8]) async throws -> [UInt8]

    /// Paths of this machine that are no part of a project, such as the directory for the results of the build.
    var foreignPaths: [ByteString] { get }
    /// The ways of this machine to unpack archives.
    var archives: any ProjectArchives { get }

    /// Tells the person something about the upload, in one sentence.
    func report(_ sentence: String)
}

/// The place on a master for what is uploaded.
public struct UploadStorage: Sendable {
    /// The longest message, in bytes.
    public static let messageLimit = 64 << 20

    /// The directory that ``ProjectContext/storageDirectory`` names, too.
    public let storageDirectory: String
    /// The maximum size of one project, in bytes: `max_upload_mb` of the configuration.
    public let byteLimit: Int
    /// Throws when the disk has no room for as many bytes.
    public let checkRoom: @Sendable (_ bytes: Int) throws -> Void

    /// Creates a description.
    public init(
        storageDirectory: String,
        byteLimit: Int,
        checkRoom: @escaping @Sendable (_ bytes: Int) throws -> Void
    ) {
        self.storageDirectory = storageDirectory
        self.byteLimit = byteLimit
        self.checkRoom = checkRoom
    }
}
