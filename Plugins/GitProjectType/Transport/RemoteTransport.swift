import CGit2

/// A reference that a remote offers.
struct RemoteReference: Sendable, Equatable {
    /// Its full name, such as `refs/heads/main`; for a commit fetched by its id, the id.
    let name: ReferenceName
    /// The object it points to.
    let id: ObjectID
}

/// All references of a remote, as it lists them.
struct RemoteOffer: Sendable {
    let references: [RemoteReference]
    /// The full name of the branch that the remote's HEAD points to, if it is stated.
    let defaultBranch: ReferenceName?

    /// Resolves a branch's name: to the branch, otherwise to a tag, otherwise to any reference with that full name.
    func reference(named branch: String) -> RemoteReference? {
        let candidates = branch.hasPrefix("refs/") ? [branch] : ["refs/heads/\(branch)", "refs/tags/\(branch)"]
        return candidates.lazy.compactMap { reference(ReferenceName($0)) }.first
    }

    /// Returns the reference with a full name.
    func reference(_ name: ReferenceName) -> RemoteReference? {
        references.first { $0.name == name }
    }

    /// The reference of the remote's HEAD; nil when it points to a branch that does not exist.
    var defaultReference: RemoteReference? {
        defaultBranch.flatMap(reference) ?? reference("HEAD")
    }

    /// All branches and tags.
    var branchesAndTags: [RemoteReference] {
        references.filter { $0.name.hasPrefix("refs/heads/") || $0.isTag }
    }

    /// The tags with the objects that they finally point to, such as a commit.
    var tags: [(tag: RemoteReference, target: ObjectID)] {
        let peeled = Dictionary(
            references.filter(\.isPeeled).map { (ReferenceName($0.name.bytes.dropLast(3)), $0.id) },
            uniquingKeysWith: { first, _ in first }
        )
        return references.filter(\.isTag).map { ($0, peeled[$0.name] ?? $0.id) }
    }
}

extension RemoteReference {
    /// Whether it is not a reference, but the object of a tag, which comes along with the tag.
    var isPeeled: Bool { name.hasSuffix("^{}") }

    fileprivate var isTag: Bool { name.hasPrefix("refs/tags/") && !isPeeled }
}

/// The objects that are fetched in one conversation.
enum FetchRequest: Equatable {
    /// Some references, and additional tags.
    case references([RemoteReference], tags: [RemoteReference])
    /// A commit by its id, which not every server provides.
    case commit(ObjectID)
    /// All branches and tags.
    case branchesAndTags
    /// All references, such as those of pull requests.
    case everything
}

/// A connection to a remote.
protocol RemoteTransport: AnyObject {
    /// Lists the references of the remote; requested once, then cached.
    func offer() throws -> RemoteOffer

    /// Fetches objects into the mirror, with all that they need, and records their tips there.
    ///
    /// Tags on fetched objects come along as far as the server sends them.
    func fetch(_ request: FetchRequest, into repository: OpaquePointer) throws
}
