import ClusterRunnerCore
import Foundation

/// What a slave asks the master for: the objects of a commit that it lacks.
struct PackRequest: Codable, Equatable {
    /// The repository's address without credentials, as the master named it.
    let repository: String
    /// The commit.
    let commit: String
    /// Commits of which the slave has everything.
    let have: [String]
    /// Whether a pack came before that was of no use, so that the same one must not be sent again.
    var isRepeated: Bool?

    /// The request as it travels.
    var bytes: [UInt8] {
        get throws { try Array(JSONEncoder().encode(self)) }
    }

    /// Reads a request that has travelled.
    init(_ bytes: [UInt8]) throws {
        guard bytes.count <= 1 << 20 else {
            throw ClusterRunnerError(.tooLarge, "A request for commits is at most 1 MiB, not \(bytes.count) bytes.")
        }
        do {
            self = try JSONDecoder().decode(PackRequest.self, from: Data(bytes))
        } catch {
            throw ClusterRunnerError(.invalidArgument, "A request for commits is malformed.", cause: error)
        }
    }

    init(repository: String, commit: String, have: [String], isRepeated: Bool? = nil) {
        (self.repository, self.commit, self.have) = (repository, commit, have)
        self.isRepeated = isRepeated
    }

    /// The commits that the slave has, as far as they are names of commits at all.
    var haveIDs: [ObjectID] { have.compactMap(ObjectID.init(hex:)) }
}
