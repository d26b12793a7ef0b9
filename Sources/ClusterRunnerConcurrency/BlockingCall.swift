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
    let answer = BlockingAnswer<Success>()
    DispatchQueue(label: "clusterrunner.blocking").async {
        answer.decide(Result { try call { answer.isDecided } })
    }
    deadlines.asyncAfter(deadline: .now() + limit.inSeconds) { [weak answer] in answer?.decide(.failure(error)) }
    return try await answer.value()
}

/// The queue on which limits expire; nothing else runs there.
private let deadlines = DispatchQueue(label: "clusterrunner.deadlines")

/// The outcome of a call, decided once: by the call, by its limit or by the end of the wait.
private final class BlockingAnswer<Success: Sendable>: Sendable {
    private struct State {
        var result: Result<Success, any Error>?
        var waiter: CheckedContinuation<Success, any Error>?
    }

    private let state = Lock(State())

    var isDecided: Bool { state.withLock { $0.result != nil } }

    func decide(_ result: Result<Success, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<Success, any Error>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: result)
    }

    func value() async throws -> Success {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                let result = state.withLock { state -> Result<Success, any Error>? in
                    if state.result == nil { state.waiter = waiter }
                    return state.result
                }
                if let result { waiter.resume(with: result) }
            }
        } onCancel: {
            decide(.failure(CancellationError()))
        }
    }
}
