import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Foundation
import Testing

/// A receiver of notifications: an HTTP server that remembers what it got and answers as the test says.
final class HookReceiver: Sendable {
    /// A request.
    struct Post: Sendable {
        let path: String
        /// The headers, with their names in lower case.
        let headers: [String: String]
        let body: String
        /// The status of the answer; nil when there was none.
        let status: Int?

        /// The decoded body, or null.
        var json: JSONValue { JSONParser.value(of: Array(body.utf8)) ?? .null }
        /// The build and the state that it tells of.
        var news: String { "\(json["build"]["id"].integer ?? 0) \(json["notification"]["state"].string ?? "?")" }
        /// The delivery id.
        var id: String? { headers["clusterrunner-delivery"] }
    }

    /// Decides on the status of an answer; nil answers nothing, until the receiver is closed.
    typealias Judge = @Sendable (Post, _ earlier: [Post]) -> Int?

    /// The port.
    let port: Int
    private let listener: Int32
    private let judge: Judge
    private let received = Watched<[Post]>([])
    private let connections = Lock<Set<Int32>>([])

    /// Opens a receiver, on a given port or on a free one.
    init(port: Int? = nil, _ judge: @escaping Judge = { _, _ in 204 }) throws {
        let port = try port ?? Socket.stablePort()
        (self.port, self.judge) = (port, judge)
        listener = try Socket.listen(on: port)
        Thread.detachNewThread { [self] in
            while case let socket = Socket.accept(listener), socket >= 0 {
                connections.withLock { _ = $0.insert(socket) }
                Thread.detachNewThread { [self] in
                    serve(socket)
                    connections.withLock { _ = $0.remove(socket) }
                    close(socket)
                }
            }
        }
    }

    /// The requests so far.
    var posts: [Post] { received.value }

    /// Waits until requests that were answered with success are as required, and returns them.
    func accepted(_ isEnough: @escaping @Sendable ([Post]) -> Bool) async throws -> [Post] {
        try await received.first { posts in
            let accepted = posts.filter { ($0.status ?? 0) / 100 == 2 }
            return isEnough(accepted) ? accepted : nil
        }
    }

    /// Waits for requests of any kind.
    func all(_ isEnough: @escaping @Sendable ([Post]) -> Bool) async throws -> [Post] {
        try await received.first { isEnough($0) ? $0 : nil }
    }

    /// Closes the receiver and its connections.
    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        connections.withLock { for socket in $0 { shutdown(socket, Int32(SHUT_RDWR)) } }
    }

    private func serve(_ socket: Int32) {
        var bytes = Data()
        while let piece = Socket.read(socket) {
            bytes += piece
            while let (post, length) = Self.parse(bytes) {
                bytes = Data(bytes.dropFirst(length))
                let status = judge(post, received.value)
                received.update {
                    $0.append(Post(path: post.path, headers: post.headers, body: post.body, status: status))
                }
                guard let status else { continue }
                let answer = "HTTP/1.1 \(status) Answer\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
                guard Socket.write(Data(answer.utf8), to: socket) else { return }
            }
        }
    }

    /// Parses a whole request; nil when more must come.
    private static func parse(_ bytes: Data) -> (Post, Int)? {
        guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let headers = Dictionary(fields) { $1 }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.distance(from: end.upperBound, to: bytes.endIndex) >= length else { return nil }
        let body = String(decoding: bytes[end.upperBound...].prefix(length), as: UTF8.self)
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let whole = bytes.distance(from: bytes.startIndex, to: end.upperBound) + length
        return (Post(path: path, headers: headers, body: body, status: nil), whole)
    }
}
