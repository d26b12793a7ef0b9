/// A kind of project that ClusterRunner can fetch onto a machine and run commands in.
///
/// A project type lives in a module of its own, of any package, and is registered once, by the executable. Check a new one
/// with `ProjectTypeConformance` from `ClusterRunnerTesting`.
///
/// An instance belongs to one build on one machine. The build calls, in this order:
/// 1. ``init(parameters:context:)`` when the build request is accepted (master), or the slave joins the build;
/// 2. ``fetch(into:)`` once, before any command runs, or ``resume(with:)`` when the master was restarted since;
/// 3. on the master, ``export(_:)`` any number of times, also concurrently, while slaves fetch;
/// 4. ``teardown()`` once, even when fetching failed or was canceled. It must not throw and may be called twice.
public protocol ProjectType: Sendable {
    /// The value of `type` in a build request, such as `git`: lower-case letters, digits and underscores.
    static var name: String { get }

    /// One sentence for help screens.
    static var summary: String { get }

    /// The parameters it takes, in the order of the help screen, without `config`, `remote_files` and `atoms_override`,
    /// which every type has.
    static var parameters: [ProjectParameter] { get }

    /// Reads the parameters of a build request; fast, and without network access.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when a value is malformed.
    init(parameters: ProjectParameters, context: ProjectContext) throws

    /// Whether ``fetch(into:)`` accepts a workspace that an earlier build of the same project left.
    ///
    /// Such a type removes all files that do not belong to the project, so that nothing of an earlier build reaches the
    /// next. It may keep notes in the folder `WORKSPACE.state` beside it. Other types, the default, always get an empty
    /// workspace.
    static var reusesWorkspaces: Bool { get }

    /// The identity of the project, such as the URL of the repository, without credentials.
    ///
    /// On the master fetches of one project run one after the other, those of different projects concurrently; on a
    /// slave two builds of one project may fetch at the same time. Timing history is kept by it.
    var projectID: String { get }

    /// Makes the project available and returns its place.
    ///
    /// The workspace is a directory that belongs to this build until after ``teardown()``. It is empty unless the type
    /// ``reusesWorkspaces``; a type that uses the project where it already lies leaves it empty. No file in it may be a
    /// hard link to one outside: the commands of jobs may change it, and it may be given to another user.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed``; `CancellationError` soon after the
    ///   surrounding task was canceled.
    func fetch(into workspace: String) async throws -> FetchedProject

    /// Takes up the project again on a restarted master, instead of ``fetch(into:)``.
    ///
    /// Afterwards ``export(_:)`` must answer as before; `parameters` are the ``FetchedProject/slaveParameters`` of the
    /// fetch. The default does nothing.
    func resume(with parameters: ProjectParameters) async throws

    /// Pins the parameters of a request to exactly what was fetched.
    ///
    /// `parameters` are those of the request, `fetched` the ``FetchedProject/slaveParameters`` of its fetch. A type
    /// whose parameters can change their meaning, as a branch does, replaces them. The default changes nothing.
    static func pinned(_ parameters: ProjectParameters, to fetched: ProjectParameters) -> ProjectParameters

    /// Answers a slave's request for the project; called on the master after ``fetch(into:)`` or ``resume(with:)``.
    ///
    /// Several slaves may ask the same at the same time. The stream is read at the speed of the slave, so it should make
    /// its pieces when they are asked for; it is abandoned when the slave goes away.
    func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error>

    /// Wraps a command of the job, to run it under a tool or with further variables; the default returns it unchanged.
    ///
    /// The result runs in a container where the job has the key `container`.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when no command can be run here.
    func wrap(_ command: ShellCommand) async throws -> ShellCommand

    /// Releases the resources that ``fetch(into:)`` acquired.
    func teardown() async
}

extension ProjectType {
    public func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        throw ClusterRunnerError(.invalidState, "A \"\(Self.name)\" project is not handed out by the master.")
    }

    public func resume(with parameters: ProjectParameters) async throws {}

    public static var reusesWorkspaces: Bool { false }

    public static func pinned(_ parameters: ProjectParameters, to fetched: ProjectParameters) -> ProjectParameters {
        parameters
    }

    /// Returns the command unchanged.
    public func wrap(_ command: ShellCommand) -> ShellCommand { command }

    public func teardown() async {}

    /// All parameters of a request of this type, including the common ones.
    package static var allParameters: [ProjectParameter] { parameters + ProjectParameter.common }
}

/// The place of a fetched project, and the parameters by which slaves get the same one.
public struct FetchedProject: Sendable, Equatable {
    /// The absolute path of the directory that holds `clusterrunner.yaml` and that commands run in.
    public let directory: ByteString
    /// The parameters from which a slave creates its instance of the same type; they may have names that are not
    /// declared.
    public let slaveParameters: ProjectParameters
    /// Sentences for the users of the build, such as which parts of the project are missing; shown with the build.
    public let notes: [String]

    /// Creates a description.
    public init(directory: String, slaveParameters: ProjectParameters, notes: [String] = []) {
        self.init(directory: ByteString(directory), slaveParameters: slaveParameters, notes: notes)
    }

    /// Creates a description with a directory whose path need not be UTF-8.
    public init(directory: ByteString, slaveParameters: ProjectParameters, notes: [String] = []) {
        self.directory = directory
        self.slaveParameters = slaveParameters
        self.notes = notes
    }
}
