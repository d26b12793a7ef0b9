package import ClusterRunnerPlugin
import ClusterRunnerWire
package import HTTPTypes
package import Hummingbird
package import NIOCore

extension RouteRequest {
    /// An answer of the REST API, with `STATUS` and, to a GET, `child_routes`.
    package func respond(_ answer: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        try Response.json(answer, status: status, childRoutes: childRoutesOfReads)
    }

    /// An answer of open members, none by default.
    package func respond(
        _ members: [String: JSONValue] = [:],
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        try Response.json(members, status: status, childRoutes: childRoutesOfReads)
    }

    /// The body of an answer, which may be sent again: see ``Response/json(body:)``.
    package func body(_ answer: some Encodable) throws -> ByteBuffer {
        let whole = WholeAnswer(answer: answer, status: .ok, childRoutes: childRoutesOfReads)
        return ByteBuffer(bytes: try JSONCoding.encode(answer: whole))
    }

    private var childRoutesOfReads: [String: String]? {
        request.method == .get || request.method == .head ? childRoutes : nil
    }

    /// Answers with another JSON object and `STATUS`; an objection makes it a 409 with that sentence.
    package func respond(with value: some Encodable, objection: String? = nil) throws -> Response {
        let body = try JSONCoding.encode(StatedAnswer(value: value, objection: objection))
        return Response.json(body: ByteBuffer(bytes: body), status: objection == nil ? .ok : .conflict)
    }
}

/// The text of answers outside of a request.
package enum AnswerText {
    /// The text of a successful answer to GET.
    package static func of(_ answer: some Encodable, childRoutes: [String: String]) throws -> [UInt8] {
        try JSONCoding.encode(answer: WholeAnswer(answer: answer, status: .ok, childRoutes: childRoutes))
    }
}

/// An answer of the REST API, with the members that each answer has.
private struct WholeAnswer<Answer: Encodable>: Encodable {
    let answer: Answer
    let status: HTTPResponse.Status
    let childRoutes: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case status = "STATUS"
        case childRoutes = "child_routes"
    }

    func encode(to encoder: any Encoder) throws {
        try answer.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status.code < 400 ? "SUCCESS" : "FAILURE", forKey: .status)
        if let childRoutes { try container.encode(childRoutes, forKey: .childRoutes) }
    }
}

/// The members of a message to a slave, and those that each answer has.
private struct StatedAnswer<Value: Encodable>: Encodable {
    let value: Value
    let objection: String?

    private enum CodingKeys: String, CodingKey {
        case error
        case status = "STATUS"
    }

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(objection == nil ? "SUCCESS" : "FAILURE", forKey: .status)
        try container.encodeIfPresent(objection, forKey: .error)
    }
}

extension Response {
    /// Makes a JSON object with `STATUS`, and with `child_routes` if there are any.
    static func json(
        _ answer: some Encodable,
        status: HTTPResponse.Status,
        childRoutes: [String: String]?
    ) throws -> Response {
        let whole = WholeAnswer(answer: answer, status: status, childRoutes: childRoutes)
        return json(body: ByteBuffer(bytes: try JSONCoding.encode(answer: whole)), status: status)
    }

    /// Makes an answer from a finished JSON body.
    package static func json(body: ByteBuffer, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: body)
        )
    }

    /// Makes a stream of bytes that are produced while they are sent.
    package static func stream(
        _ bytes: AsyncThrowingStream<[UInt8], any Error>,
        contentType: String,
        fileName: String? = nil
    ) -> Response {
        var headers: HTTPFields = [.contentType: contentType]
        headers[.contentDisposition] = fileName.map { "attachment; filename=\"\($0)\"" }
        let body = ResponseBody { writer in
            for try await piece in bytes { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension HTTPField.Name {
    /// The headers of ``HeaderName``, in the HTTP library's type.
    static let digest = known(HeaderName.digest)
    static let signature = known(HeaderName.signature)
    static let serverTime = known(HeaderName.time)
    static let sessionID = known(HeaderName.sessionID)
    static let expectedSessionID = known(HeaderName.expectedSessionID)
    static let apiVersion = known(HeaderName.apiVersion)
    /// The `Host` fields after the first, which the library takes out.
    static let furtherHost = known("Host")

    private static func known(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\"\(name)\" is no header name.") }
        return name
    }
}
