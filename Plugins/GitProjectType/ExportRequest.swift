import ClusterRunnerPlugin
import Foundation

/// A slave's request to the master for the missing parts of a commit.
struct ExportRequest: Codable, Equatable {
    /// The kinds of requests.
    enum Kind: String, Codable {
        /// A pack of the commit and of the objects that ``ExportRequest/items`` names.
        case pack
        /// The list of references with the digest in ``ExportRequest/items``.
        case references
        /// The contents of Git LFS with the hashes in ``ExportRequest/items``.
        case contents
    }

    /// The kind of the request.
    var kind = Kind.pack
    /// The repository's address without credentials, as stated by the master.
    let repository: String
    /// The commit.
    let commit: String
    /// Commits that the slave has completely.
    var have: [String] = []
    /// Further requested items, see ``Kind``.
    var items: [String] = []
    /// Whether an earlier answer was unusable, so that the same one must not be sent again.
    var isRepeated = false

    /// The encoded request.
    var bytes: [UInt8] {
        get throws { try Array(JSONEncoder().encode(self)) }
    }

    /// The item that stands for all objects of references.
    static let allItems = "all"
    /// Maximum number of items in one request.
    static let itemLimit = 10_000

    init(
        _ kind: Kind = .pack,
        repository: String,
        commit: String,
        have: [String] = [],
        items: [String] = [],
        isRepeated: Bool = false
    ) {
        (self.kind, self.repository, self.commit) = (kind, repository, commit)
        (self.have, self.items, self.isRepeated) = (have, items, isRepeated)
    }

    /// Decodes a request.
    init(_ bytes: [UInt8]) throws {
        guard bytes.count <= 1 << 20 else {
            throw ClusterRunnerError(.tooLarge, "A request for commits is at most 1 MiB, not \(bytes.count) bytes.")
        }
        do {
            self = try JSONDecoder().decode(ExportRequest.self, from: Data(bytes))
        } catch {
            throw ClusterRunnerError(.invalidArgument, "A request for commits is malformed.", cause: error)
        }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .pack
        repository = try values.decode(String.self, forKey: .repository)
        commit = try values.decode(String.self, forKey: .commit)
        have = try values.decodeIfPresent([String].self, forKey: .have) ?? []
        items = try values.decodeIfPresent([String].self, forKey: .items) ?? []
        isRepeated = try values.decodeIfPresent(Bool.self, forKey: .isRepeated) ?? false
    }

    /// The valid names among the commits that the slave has.
    var haveIDs: [ObjectID] { have.compactMap(ObjectID.init(hex:)) }

    /// The items that are names of objects.
    var itemIDs: [ObjectID] { items.compactMap(ObjectID.init(hex:)) }
}
