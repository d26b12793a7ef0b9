import ClusterRunnerPlugin
import Foundation

/// What a slave asks the master for: what it lacks of a commit.
struct ExportRequest: Codable, Equatable {
    /// The kinds of requests.
    enum Kind: String, Codable {
        /// A pack of the commit and of ``ExportRequest/items``, which are names of objects.
        case pack
        /// The list of references whose digest is the only one of ``ExportRequest/items``.
        case references
        /// The contents of files in Git LFS, whose hashes are ``ExportRequest/items``.
        case contents
    }

    /// What is asked for.
    var kind = Kind.pack
    /// The repository's address without credentials, as the master named it.
    let repository: String
    /// The commit.
    let commit: String
    /// Commits of which the slave has everything.
    var have: [String] = []
    /// What else is asked for, see ``Kind``.
    var items: [String] = []
    /// Whether an answer came before that was of no use, so that the same one must not be sent again.
    var isRepeated = false

    /// The request as it travels.
    var bytes: [UInt8] {
        get throws { try Array(JSONEncoder().encode(self)) }
    }

    /// What stands for all objects of references there are.
    static let allItems = "all"
    /// The largest number of items in one request.
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

    /// Reads a request that has travelled.
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

    /// The commits that the slave has, as far as they are names of commits at all.
    var haveIDs: [ObjectID] { have.compactMap(ObjectID.init(hex:)) }

    /// The items as names of objects.
    var itemIDs: [ObjectID] { items.compactMap(ObjectID.init(hex:)) }
}
