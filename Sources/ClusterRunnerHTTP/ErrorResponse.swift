package import ClusterRunnerPlugin
import ClusterRunnerWire
package import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

extension ClusterRunnerError {
    /// The error of a missing or wrong digest.
    static let wrongDigest = ClusterRunnerError(
        .unauthenticated,
        "Message digest does not match header, message not authenticated."
    )

    /// The HTTP status of the error; the only place where it is derived.
    package var httpStatus: HTTPResponse.Status {
        switch code {
        case .invalidArgument: .badRequest
        case .unauthenticated: .unauthorized
        case .notFound: .notFound
        case .invalidState: .conflict
        case .sessionExpired: .preconditionFailed
        case .tooLarge: .contentTooLarge
        case .unavailable: .serviceUnavailable
        default: .internalServerError
        }
    }
}

extension Response {
    /// Makes the answer to a failed request, always as JSON.
    static func failure(_ error: any Error, childRoutes: [String: String]?) -> Response {
        let (status, sentence) = describe(error)
        guard var response = try? json(FailureAnswer(sentence), status: status, childRoutes: childRoutes) else {
            return Response(status: status)
        }
        if let error = error as? OtherAudience { response.headers[.serverTime] = error.time.headerValue }
        if status == .serviceUnavailable || status == .tooManyRequests { response.headers[.retryAfter] = "1" }
        return response
    }

    private static func describe(_ error: any Error) -> (HTTPResponse.Status, String) {
        switch error {
        case let error as ClusterRunnerError:
            (error.httpStatus, error.message)
        case let error as OtherAudience:
            (.unauthorized, error.message)
        case is NIOTooManyBytesError:
            (.contentTooLarge, "The request body is too large.")
        case let error as IncompleteBody:
            (.badRequest, "The body of the request broke off: \(error.cause).")
        case let error as HTTPError:
            (error.status, error.body ?? error.status.reasonPhrase)
        case is HTTPParserError, is ChannelError, is IOError:
            // The client has left and does not read this.
            (.badRequest, "The request broke off: \(error).")
        default:
            (.internalServerError, "Internal error: \(clause: error).")
        }
    }
}
