package import ClusterRunnerPlugin
import Foundation

/// Makes a call that may block on a thread of its own, with a time limit for the caller's wait.
///
/// Blocking calls stay off the tasks' pool, which has one thread per core: a network file system that does not answer
/// would hold up the whole service. A call that exceeds the limit is abandoned and keeps its thread until it returns.
///
/// - Parameters:
///   - limit: the longest wait.
///   - error: the error thrown after that.
///   - call: the blocking call. Its argument tells it whether the caller has stopped waiting.
/// - Returns: the result of the call.
/// - Throws: what the call throws; `error` after the limit; `CancellationError` when the surrounding task is canceled.
package func blocking<Success: Sendable>(
    within limit: Duration,
    orThrow error: ClusterRunnerError,
    _ call: @escaping @Sendable (_ isGivenUp: () -> Bool) throws -> Success
) async throws -> Success {
    let answer = OneShotResult<Success>()
    DispatchQueue(label: "clusterrunner.blocking").async {
        answer.decide(Result { try call { answer.isDecided } })
    }
    deadlines.asyncAfter(deadline: .now() + limit.inSeconds) { [weak answer] in answer?.decide(.failure(error)) }
    do { return try await answer.value() } catch {
        // Tells the call that a canceled caller does not wait.
        answer.decide(.failure(error))
        throw error
    }
}

/// The queue on which limits expire; nothing else runs there.
private let deadlines = DispatchQueue(label: "clusterrunner.deadlines")
