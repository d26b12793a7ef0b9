/// A project type as a program knows it: its description, and how to make projects of it.
///
/// Most are Swift types, `RegisteredProjectType(MercurialProjectType.self)`. Others are known only at run time, such as
/// those that an executable implements.
package struct RegisteredProjectType: Sendable {
    /// The value of `type` in a build request: lower-case letters, digits and underscores.
    package let name: String
    /// One sentence for help screens.
    package let summary: String
    /// Its parameters, in the order of the help screen, without ``ProjectParameter/common``.
    package let parameters: [ProjectParameter]
    /// Whether its projects accept the workspace of an earlier build; see ``ProjectType/reusesWorkspaces``.
    package let reusesWorkspaces: Bool

    /// The initializer of a Swift type, which may look at files; nil for other types.
    package let initializer: (@Sendable (ProjectParameters, ProjectContext) throws -> any ProjectType)?
    /// The type, if it takes projects from the machine of the person who requests a build; nil for others.
    package let uploading: (any UploadingProjectType.Type)?
    private let make: @Sendable (ProjectParameters, ProjectContext) async throws -> any ProjectType
    private let pin: @Sendable (ProjectParameters, ProjectParameters) async throws -> ProjectParameters

    /// Registers a Swift type.
    package init(_ type: any ProjectType.Type) {
        name = type.name
        summary = type.summary
        parameters = type.parameters
        reusesWorkspaces = type.reusesWorkspaces
        let initializer: @Sendable (ProjectParameters, ProjectContext) throws -> any ProjectType = {
            try type.init(parameters: $0, context: $1)
        }
        self.initializer = initializer
        uploading = type as? any UploadingProjectType.Type
        make = initializer
        pin = { type.pinned($0, to: $1) }
    }

    /// Describes a type that is known only at run time.
    ///
    /// `make` makes a project, as ``ProjectType/init(parameters:context:)`` does; `pin` pins the parameters of a request
    /// to what was fetched, as ``ProjectType/pinned(_:to:)`` does.
    package init(
        name: String,
        summary: String,
        parameters: [ProjectParameter],
        reusesWorkspaces: Bool = false,
        make: @escaping @Sendable (ProjectParameters, ProjectContext) async throws -> any ProjectType,
        pin: @escaping @Sendable (ProjectParameters, ProjectParameters) async throws -> ProjectParameters
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.reusesWorkspaces = reusesWorkspaces
        initializer = nil
        uploading = nil
        self.make = make
        self.pin = pin
    }

    /// All parameters of a request of this type, including the common ones.
    package var allParameters: [ProjectParameter] { parameters + ProjectParameter.common }

    /// Creates the project that a validated build request describes.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when a value is malformed.
    package func makeProject(_ parameters: ProjectParameters, context: ProjectContext) async throws -> any ProjectType {
        try await make(parameters, context)
    }

    /// Pins the parameters of a request to exactly what was fetched.
    ///
    /// `fetched` are the ``FetchedProject/slaveParameters`` of its fetch.
    package func pinned(
        _ parameters: ProjectParameters,
        to fetched: ProjectParameters
    ) async throws -> ProjectParameters {
        try await pin(parameters, fetched)
    }
}
