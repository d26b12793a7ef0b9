import AsyncHTTPClient
package import ClusterRunnerConcurrency
import ClusterRunnerPlugin
package import ClusterRunnerWire
import Foundation
import NIOCore
import NIOHTTP1

/// Signed requests to one master.
///
/// Connections stay open between requests; ``shutDown()`` closes them. Requests are signed for the master's run and by
/// its clock. If either has changed, the master answers with both, and the request is signed again. Redirections are
/// not followed, because a signature for this master is for no other.
package final class MasterConnection: Sendable {
    /// The address of the master.
    package let address: MasterAddress
    private let authenticator: MessageAuthenticator
    private let client: HTTPClient
    private let timeout: Duration
    private let timekeeper: Timekeeper
    private let audience = Lock(Audience())

    /// The master's proven run and clock.
    private struct Audience {
        /// The seconds by which its clock is ahead of the local one.
        var clockDifference = 0
        var run = RequestSignature.unknownRun
        /// Whether it has answered a request.
        var hasAnswered = false
    }

    /// Creates a connection, which opens with the first request.
    ///
    /// - Parameters:
    ///   - address: the address of the master.
    ///   - authenticator: the holder of the secret.
    ///   - timeout: the longest wait for an answer.
    ///   - trustedCertificate: a PEM file with a certificate to trust in addition to the system's, such as a private
    ///     one.
    ///   - timekeeper: the clock for signatures.
    /// - Throws: an error of the certificate's file.
    package init(
        address: MasterAddress,
        authenticator: MessageAuthenticator,
        timeout: Duration = .seconds(30),
        trustedCertificate: String? = nil,
        timekeeper: Timekeeper = .system()
    ) throws {
        if let trustedCertificate { try HTTPClient.Configuration.checkCertificates(trustedCertificate) }
        self.address = address
        self.authenticator = authenticator
        self.timeout = timeout
        self.timekeeper = timekeeper
        var configuration = HTTPClient.Configuration.withoutRetries(trusting: trustedCertificate)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes the connections.
    package func shutDown() async {
        // The only possible error is an earlier shutdown.
        try? await client.shutdown()
    }

    /// The body of a request.
    enum Body {
        case bytes([UInt8])
        case file(String)
    }

    /// Makes a request and returns the whole answer.
    ///
    /// An answer with the status `exception` is also returned.
    ///
    /// - Throws: ``MasterUnreachable``, or ``ClusterRunnerError`` with the master's sentence.
    func request(
        _ method: HTTPMethod,
        _ path: String,
        body: Body = .bytes([]),
        exception: HTTPResponseStatus? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> [UInt8] {
        let response = try await open(
            method,
            path,
            body: body,
            timeout: timeout(for: body),
            exception: exception,
            headers: headers
        )
        do {
            return Array(buffer: try await response.body.collect(upTo: 256 << 20))
        } catch {
            throw unreachable(error, .waiting)
        }
    }

    /// Makes a request and streams the answer, without a limit on its pauses.
    func stream(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8] = [],
        headers: [(name: String, value: String)] = []
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let response = try await open(method, path, body: .bytes(body), timeout: nil, headers: headers)
        guard response.status != .accepted else { throw await notReady(response) }
        let pieces = StreamReader(response.body, BytesParser())
        return AsyncThrowingStream { [self] in
            do {
                return try await pieces.next()
            } catch {
                throw unreachable(error, .waiting)
            }
        }
    }

    /// Returns the time limit of a request; uploads have none.
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
        timeout: Duration?,
        exception: HTTPResponseStatus? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPClientResponse {
        let (response, nonce) = try await send(method, path, body, timeout, headers)
        guard response.status == .unauthorized, try adoptAudience(in: response, nonce) else {
            return try await checked(response, exception)
        }
        // The connection can be reused only after its answer was read.
        _ = try? await response.body.collect(upTo: 1 << 20)
        return try await checked(send(method, path, body, timeout, headers).response, exception)
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: Body,
        _ timeout: Duration?,
        _ headers: [(name: String, value: String)]
    ) async throws -> (response: HTTPClientResponse, nonce: String) {
        let nonce = UUID.random().uuidString
        var request = try makeRequest(method, path, body, nonce)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        do {
            let limit = timeout.map { TimeAmount($0) } ?? .hours(24 * 365)
            let response = try await client.execute(request, timeout: limit)
            audience.withLock { $0.hasAnswered = true }
            return (response, nonce)
        } catch let error where !(error is CancellationError) {
            try Task.checkCancellation()
            throw unreachable(error, ConnectionFailure(error).stage)
        }
    }

    private func checked(
        _ response: HTTPClientResponse,
        _ exception: HTTPResponseStatus?
    ) async throws -> HTTPClientResponse {
        guard (200..<300).contains(response.status.code) || response.status == exception else {
            throw try await failure(in: response)
        }
        return response
    }

    /// Adopts the master's clock and run, if the answer to the request with `nonce` proves them.
    private func adoptAudience(in response: HTTPClientResponse, _ nonce: String) throws -> Bool {
        guard let time = response.headers.first(name: HeaderName.time).flatMap(ServerTime.init(headerValue:)),
            try time.isValid(nonce: nonce, authenticator: authenticator)
        else { return false }
        let difference = time.time - Int(timekeeper.now.wall)
        audience.withLock { $0 = Audience(clockDifference: difference, run: time.run, hasAnswered: true) }
        return true
    }

    private func makeRequest(_ method: HTTPMethod, _ path: String, _ body: Body, _ nonce: String) throws
        -> HTTPClientRequest
    {
        var request = HTTPClientRequest(url: address.url + path)
        request.method = method
        let digest: String
        switch body {
        case .bytes(let bytes):
            digest = try authenticator.digest(of: bytes, for: .signedBody)
            if method != .GET { request.body = .bytes(ByteBuffer(bytes: bytes)) }
        case .file(let path):
            let source = try FileSource(path: path)
            digest = try source.digest(with: authenticator)
            request.body = .stream(source, length: .known(Int64(source.size)))
        }
        let audience = audience.withLock { $0 }
        let signature = try RequestSignature(
            method: method.rawValue,
            path: path,
            bodyDigest: digest,
            run: audience.run,
            time: Int(timekeeper.now.wall) + audience.clockDifference,
            nonce: nonce,
            authenticator: authenticator
        )
        request.headers.add(name: HeaderName.digest, value: digest)
        request.headers.add(name: HeaderName.signature, value: signature.headerValue)
        request.headers.add(name: "Content-Type", value: "application/json")
        return request
    }

    private func failure(in response: HTTPClientResponse) async throws -> any Error {
        let body = (try? await response.body.collect(upTo: 1 << 20)).map { Array(buffer: $0) } ?? []
        let told = (try? JSONCoding.decode(FailureAnswer.self, from: body))?.error
        let sentence = told ?? "The master at \(address) answered with HTTP status \(response.status)."
        switch response.status.code {
        case 300..<400:
            let target = response.headers.first(name: "Location").map { " to \($0)" } ?? ""
            return ClusterRunnerError(
                .invalidArgument,
                "\(address.url) redirects\(target). Signed requests follow no redirection; name the master's own address."
            )
        case 400: return ClusterRunnerError(.invalidArgument, sentence)
        case 401: return ClusterRunnerError(.unauthenticated, sentence)
        case 404: return ClusterRunnerError(.notFound, sentence)
        case 409: return ClusterRunnerError(.invalidState, sentence)
        case 412: return ClusterRunnerError(.sessionExpired, sentence)
        case 413: return ClusterRunnerError(.tooLarge, sentence)
        case 429, 502, 503, 504:
            return MasterUnreachable(
                address: address,
                reason: told ?? "it answered with HTTP status \(response.status)",
                stage: .refused,
                retryAfter: Self.retryAfter(in: response)
            )
        default: return ClusterRunnerError(.failed, sentence)
        }
    }

    /// Returns the wait that the master asks for; nil without a sensible value.
    private static func retryAfter(in response: HTTPClientResponse) -> Duration? {
        guard let seconds = response.headers.first(name: "Retry-After").flatMap(Int.init),
            (0...86_400).contains(seconds)
        else { return nil }
        return .seconds(seconds)
    }

    /// Returns the master's sentence about a resource that does not exist yet.
    private func notReady(_ response: HTTPClientResponse) async -> ClusterRunnerError {
        let body = (try? await response.body.collect(upTo: 1 << 20)).map { Array(buffer: $0) } ?? []
        let sentence = (try? JSONCoding.decode(MessageAnswer.self, from: body))?.message
        return ClusterRunnerError(.invalidState, sentence ?? "The master has nothing to send yet. Try again later.")
    }

    private func unreachable(_ error: any Error, _ stage: MasterUnreachable.Stage) -> any Error {
        if error is CancellationError || error is MasterUnreachable { return error }
        let reason = ConnectionFailure(error).reason + (mayExpectTLS(error) ? Self.hintOfTLS(address) : "")
        return MasterUnreachable(address: address, reason: reason, stage: stage)
    }

    /// Whether a master that has never answered a plain request may close connections because it speaks TLS.
    private func mayExpectTLS(_ error: any Error) -> Bool {
        guard !address.isHTTPS, !audience.withLock(\.hasAnswered) else { return false }
        return error as? HTTPClientError == .remoteConnectionClosed
    }

    private static func hintOfTLS(_ address: MasterAddress) -> String {
        " without an answer; if it speaks HTTPS, name it https://\(address), and set https_ca_file here if its "
            + "certificate is a private one"
    }
}
