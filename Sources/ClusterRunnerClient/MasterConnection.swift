import AsyncHTTPClient
public import ClusterRunnerAPI
import ClusterRunnerCore
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Signed requests to one master.
///
/// Holds connections open between requests; ``shutDown()`` closes them.
public final class MasterConnection: Sendable {
    /// Where the master is.
    public let address: MasterAddress
    private let authenticator: MessageAuthenticator
    private let client: HTTPClient
    private let timeout: Duration

    /// Creates a connection; nothing is opened before the first request.
    ///
    /// - Parameters:
    ///   - address: where the master is.
    ///   - authenticator: holds the secret.
    ///   - timeout: how long to wait for an answer.
    ///   - trustedCertificate: a PEM file with a certificate to trust beside the system's, as a private one needs it.
    /// - Throws: what is wrong with the certificate's file.
    public init(
        address: MasterAddress,
        authenticator: MessageAuthenticator,
        timeout: Duration = .seconds(30),
        trustedCertificate: String? = nil
    ) throws {
        self.address = address
        self.authenticator = authenticator
        self.timeout = timeout
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.timeout.connect = .seconds(5)
        // Whether and when to try again is the caller's decision: a refused connection is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        if let trustedCertificate {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(trustedCertificate)]
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections.
    public func shutDown() async {
        // The only error says that it was shut down before.
        try? await client.shutdown()
    }

    /// What a request carries.
    enum Body {
        case bytes([UInt8])
        case file(String)
    }

    /// Makes a request and returns the whole answer.
    ///
    /// - Throws: ``MasterUnreachable``, or ``ClusterRunnerError`` with the sentence of the master.
    func request(_ method: HTTPMethod, _ path: String, body: Body = .bytes([])) async throws -> [UInt8] {
        let response = try await open(method, path, body: body, timeout: timeout(for: body))
        do {
            return Array(buffer: try await response.body.collect(upTo: 256 << 20))
        } catch {
            throw unreachable(error)
        }
    }

    /// Makes a request and streams the answer; no answer may pause for longer than `idle`, if one is given.
    func stream(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8] = []
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let response = try await open(method, path, body: .bytes(body), timeout: nil)
        guard response.status != .accepted else { throw await notReady(response) }
        let pieces = Pieces(response.body)
        return AsyncThrowingStream { [self] in
            do {
                return try await pieces.next()
            } catch {
                throw unreachable(error)
            }
        }
    }

    /// The pieces of a body, read one at a time.
    private actor Pieces {
        private var iterator: HTTPClientResponse.Body.AsyncIterator

        init(_ body: HTTPClientResponse.Body) {
            iterator = body.makeAsyncIterator()
        }

        func next() async throws -> [UInt8]? {
            var copy = iterator
            defer { iterator = copy }
            return try await copy.next(isolation: #isolation).map { Array(buffer: $0) }
        }
    }

    /// Uploads take as long as they take.
    private func timeout(for body: Body) -> Duration? {
        if case .file = body { return nil }
        return timeout
    }
}

// MARK: Requests

extension MasterConnection {
    private func open(
        _ method: HTTPMethod,
        _ path: String,
        body: Body,
        timeout: Duration?
    ) async throws -> HTTPClientResponse {
        let request = try makeRequest(method, path, body)
        let response: HTTPClientResponse
        do {
            let limit = timeout.map { TimeAmount($0) } ?? .hours(24 * 365)
            response = try await client.execute(request, timeout: limit)
        } catch let error where !(error is CancellationError) {
            try Task.checkCancellation()
            throw unreachable(error)
        }
        guard (200..<300).contains(response.status.code) else { throw try await failure(in: response) }
        return response
    }

    private func makeRequest(_ method: HTTPMethod, _ path: String, _ body: Body) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address.url + path)
        request.method = method
        let digest: String
        switch body {
        case .bytes(let bytes):
            digest = try authenticator.digest(of: bytes)
            if method != .GET { request.body = .bytes(ByteBuffer(bytes: bytes)) }
        case .file(let path):
            let source = try FileSource(path: path)
            digest = try source.digest(with: authenticator)
            request.body = .stream(source, length: .known(Int64(source.size)))
        }
        let signature = try RequestSignature(
            method: method.rawValue,
            path: path,
            bodyDigest: digest,
            time: Int(Date().timeIntervalSince1970),
            nonce: UUID().uuidString,
            authenticator: authenticator
        )
        request.headers.add(name: HeaderName.digest, value: digest)
        request.headers.add(name: HeaderName.signature, value: signature.headerValue)
        request.headers.add(name: "Content-Type", value: "application/json")
        return request
    }

    private func failure(in response: HTTPClientResponse) async throws -> any Error {
        let body = (try? await response.body.collect(upTo: 1 << 20)).map { Array(buffer: $0) } ?? []
        let sentence = (try? JSONCoding.decodeObject(from: body))?["error"]?.string ?? "HTTP status \(response.status)"
        switch response.status.code {
        case 400: return ClusterRunnerError(.invalidArgument, sentence)
        case 401: return ClusterRunnerError(.unauthenticated, sentence)
        case 404: return ClusterRunnerError(.notFound, sentence)
        case 409: return ClusterRunnerError(.invalidState, sentence)
        case 412: return ClusterRunnerError(.sessionExpired, sentence)
        case 413: return ClusterRunnerError(.tooLarge, sentence)
        case 429, 502, 503, 504:
            return MasterUnreachable(address: address, reason: sentence, retryAfter: Self.retryAfter(in: response))
        default: return ClusterRunnerError(.failed, sentence)
        }
    }

    /// How long to wait before the next try; nil when nothing sensible is said of it.
    private static func retryAfter(in response: HTTPClientResponse) -> Duration? {
        guard let seconds = response.headers.first(name: "Retry-After").flatMap(Int.init),
            (0...86_400).contains(seconds)
        else { return nil }
        return .seconds(seconds)
    }

    /// The master's sentence in place of what does not exist yet.
    private func notReady(_ response: HTTPClientResponse) async -> ClusterRunnerError {
        let body = (try? await response.body.collect(upTo: 1 << 20)).map { Array(buffer: $0) } ?? []
        let sentence = (try? JSONCoding.decodeObject(from: body))?["message"]?.string
        return ClusterRunnerError(.invalidState, sentence ?? "The master has nothing to send yet. Try again later.")
    }

    private func unreachable(_ error: any Error) -> any Error {
        if error is CancellationError || error is MasterUnreachable { return error }
        return MasterUnreachable(address: address, reason: Self.reason(of: error))
    }

    /// What went wrong with a connection, in the system's words where it has some.
    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as IOError: systemMessage(error.errnoCode)
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { reason(of: $0.error) } ?? "the name cannot be resolved"
        case let error as HTTPClientError: error.description
        default: String(describing: error)
        }
    }
}
