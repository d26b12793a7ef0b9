import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The origin of the build that a command follows.
enum BuildOrigin: Sendable {
    /// A new build, after an upload if it needs one; with `joins`, an unfinished build of the same request instead.
    case request(BuildRequestArguments, upload: ProjectUpload? = nil, joins: Bool = false)
    /// A new build of what an ended one built, or of its failed atoms.
    case retry(BuildID, onlyFailed: Bool)
    /// A build that exists.
    case known(BuildID)

    /// Requests or finds the build; nil after a signal during an upload.
    func begin(with client: MasterClient, until signals: EndingSignals) async throws -> FollowedBuild? {
        switch self {
        case .request(let request, let upload, let joins):
            guard let fields = try await Self.fields(of: request, after: upload, until: signals) else { return nil }
            let answer = try await client.requestBuild(fields, joins: joins, requester: Requester.current)
            let isJoined = answer.joined == true
            let state = isJoined ? "is running already, and is followed" : "is queued"
            return FollowedBuild(
                id: answer.id,
                sentence: "Build \(answer.id) of job \(request.jobTitle) \(state) at \(client.address).",
                farewell: isJoined ? "goes on, because another request has started it." : nil
            )
        case .retry(let build, let onlyFailed):
            let new = try await client.retry(build: build, onlyFailed: onlyFailed, requester: Requester.current)
            let part = onlyFailed ? "of the failed atoms " : ""
            return FollowedBuild(
                id: new,
                sentence: "Build \(new), \(part)of build \(build), is queued at \(client.address)."
            )
        case .known(let build):
            let found = try await client.build(build)
            return FollowedBuild(
                id: build,
                sentence: "Build \(build)\(found.jobInWords) is \(found.stateWord) at \(client.address).",
                farewell: "goes on. Watch it again with: clusterrunner watch \(build)",
                found: found
            )
        }
    }

    /// Returns the fields of a request, after the upload that they need; nil after a signal.
    private static func fields(
        of request: BuildRequestArguments,
        after upload: ProjectUpload?,
        until signals: EndingSignals
    ) async throws -> [String: JSONValue]? {
        guard let upload else { return request.fields }
        let outcome = await signals.untilNext { () async -> Result<[String: JSONValue], any Error> in
            do {
                return .success(try await upload.send())
            } catch {
                return .failure(error)
            }
        }
        guard var fields = try outcome?.get() else { return nil }
        fields["type"] = .string(request.type)
        return fields
    }
}

/// A build that a command begins to follow.
struct FollowedBuild: Sendable {
    let id: BuildID
    /// The sentence at its beginning.
    let sentence: String
    /// The end of the sentence about a build that outlives an interrupt of the command; nil if that cancels it.
    var farewell: String?
    /// The build as it was found; nil for a new one.
    var found: BuildRepresentation?

    /// The age of the build at its beginning.
    var age: Duration {
        .seconds(found?.seconds(until: Date().timeIntervalSince1970) ?? 0)
    }
}

extension BuildRequestArguments {
    /// The job's name in messages.
    var jobTitle: String { fields["job_name"]?.string.map { "\"\($0)\"" } ?? "(the only one)" }
}

extension BuildRepresentation {
    /// The job in a sentence; empty until it is known.
    fileprivate var jobInWords: String { jobName.map { " of job \"\($0)\"" } ?? "" }
}
