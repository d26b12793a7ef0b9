import ClusterRunnerPlugin
import Foundation

/// A slave's request to the master for the changesets that it lacks.
struct BundleRequest: Codable, Equatable {
    /// The changeset to be built.
    let hash: String
    /// The newest changesets that the slave has, with all their ancestors.
    let heads: [String]

    /// Maximum number of heads in a request.
    static let headLimit = 200

    init(hash: String, heads: [String]) {
        (self.hash, self.heads) = (hash, heads)
    }

    /// The encoded request.
    var bytes: [UInt8] {
        get throws { try Array(JSONEncoder().encode(self)) }
    }

    /// Decodes and checks a request.
    init(_ bytes: [UInt8]) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes.prefix(1 << 16)))
        } catch {
            throw ClusterRunnerError(.invalidArgument, "A request for changesets is malformed.", cause: error)
        }
        guard heads.count <= Self.headLimit, ([hash] + heads).allSatisfy({ $0.wholeMatch(of: /[0-9a-f]{40}/) != nil })
        else { throw ClusterRunnerError(.invalidArgument, "A request for changesets names them by 40 digits.") }
    }
}
