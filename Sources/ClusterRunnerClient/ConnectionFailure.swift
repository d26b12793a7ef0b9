import AsyncHTTPClient
import ClusterRunnerPlugin
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// An error of a connection, in the system's words if possible.
struct ConnectionFailure {
    /// The reason, without a full stop.
    let reason: String
    /// The stage that the request reached.
    let stage: MasterUnreachable.Stage

    /// Reads an error of the HTTP client.
    init(_ error: any Error) {
        switch error {
        case let error as IOError:
            self.init(systemMessage(error.errnoCode), Self.isOfConnecting(error.errnoCode) ? .connecting : .waiting)
        case let error as NIOConnectionError:
            let last = error.connectionErrors.last.map { Self($0.error).reason }
            self.init(last ?? "the name \(error.host) cannot be resolved", .connecting)
        case let error as NIOSSLError: self.init(Self.words(of: error), .securing)
        case let error as BoringSSLError: self.init(Self.words(of: error), .securing)
        case is NIOSSLExtraError: self.init("the certificate is for another host (\(error))", .securing)
        case let error as HTTPClientError: self.init(Self.words(of: error), Self.stage(of: error))
        case HTTPParserError.invalidEOFState:
            self.init("the connection was closed before the whole answer had come", .waiting)
        case is HTTPParserError: self.init("the service there does not speak HTTP", .waiting)
        case let error as ClusterRunnerError: self.init(error.message.asClause, .waiting)
        default: self.init(String(describing: error).asClause, .waiting)
        }
    }

    private init(_ reason: String, _ stage: MasterUnreachable.Stage) {
        self.reason = reason
        self.stage = stage
    }

    private static func isOfConnecting(_ number: Int32) -> Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL, EINVAL].contains(number)
    }

    private static func stage(of error: HTTPClientError) -> MasterUnreachable.Stage {
        switch error {
        case .tlsHandshakeTimeout: .securing
        case .remoteConnectionClosed, .readTimeout, .writeTimeout, .deadlineExceeded: .waiting
        default: .connecting
        }
    }

    private static func words(of error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "no answer within the time"
        case .deadlineExceeded, .readTimeout: "it did not answer within the time (default_http_timeout)"
        case .remoteConnectionClosed: "it closed the connection"
        case .tlsHandshakeTimeout: "the TLS handshake took too long; is the master without TLS?"
        default: error.description.asClause
        }
    }

    private static func words(of error: any Error) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not trusted here; https_ca_file names the certificate to trust"
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "it does not speak TLS; use http:// in the address, or set https_cert_file there"
        }
        return text.asClause
    }
}
