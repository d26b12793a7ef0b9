import ClusterRunnerWire
import Foundation
import Testing

/// A request as it was sent.
struct RecordedPost {
    let bytes: Data
    private let head: [String]
    private let body: Data

    /// Parses a request; nil until its head is complete.
    init?(_ bytes: Data) {
        guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        self.bytes = bytes
        head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        body = Data(bytes[end.upperBound...])
    }

    /// Whether its body is complete.
    var isComplete: Bool { header("content-length").flatMap { Int($0) }.map { body.count >= $0 } == true }

    private var path: String { head[0].split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    private func header(_ name: String) -> String? {
        let line = head.first { $0.lowercased().hasPrefix("\(name):") }
        return line?.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)
    }

    /// Decodes the report.
    func report() throws -> ResultsReport { try JSONCoding.decode(ResultsReport.self, from: Array(body)) }

    /// Sends the same bytes again and returns the head of the answer.
    func replay(to port: Int) async throws -> String {
        let bytes = self.bytes
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.exchange(bytes, port) })
            }
        }
    }

    private static func exchange(_ bytes: Data, _ port: Int) throws -> String {
        let socket = try Socket.connect(to: port)
        defer { close(socket) }
        guard Socket.write(bytes, to: socket), let answer = Socket.read(socket) else {
            throw ProgramFailure("The master ended the connection of a replayed request.")
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Sends the same report again in a correctly signed request of its own, without its files.
    func repeatSigned(over http: PlainHTTP, _ authenticator: MessageAuthenticator) async throws -> PlainHTTP.Answer {
        let report = try report()
        let again = ResultsReport(build: report.build, upload: nil, reports: report.reports)
        let body = try JSONCoding.encode(again)
        let digest = try authenticator.digest(of: body, for: .signedBody)
        let signed = header(HeaderName.signature.lowercased()).flatMap(RequestSignature.init(headerValue:))
        let signature = try RequestSignature(
            method: "POST",
            path: path,
            bodyDigest: digest,
            run: signed?.run ?? "",
            time: Int(Date().timeIntervalSince1970),
            nonce: UUID().uuidString,
            authenticator: authenticator
        )
        let headers = [
            HeaderName.digest: digest, HeaderName.signature: signature.headerValue,
            HeaderName.slaveToken: header(HeaderName.slaveToken.lowercased()) ?? "",
        ]
        return try await http.send("POST", path, headers: headers, body: String(decoding: body, as: UTF8.self))
    }
}
