import ClusterRunnerConcurrency
import Foundation
import Testing

/// The network between one slave and the master, which passes bytes on or fails.
final class Relay: Sendable {
    /// The conditions of the network.
    enum Condition: String, Sendable {
        /// Bytes pass.
        case sound
        /// Bytes are held back, as by lost packets: connections stay open, and the bytes arrive later.
        case silent
        /// All connections end, and new ones are refused.
        case cut
    }

    /// The moment at which a condition begins.
    enum Moment: String, Sendable, CaseIterable {
        /// Immediately.
        case now
        /// Before the slave's next post of results reaches the master, which has its files already.
        case post
        /// Before the master's answer to the next post of results reaches the slave.
        case answer
    }

    /// The port for the slave.
    let port: Int
    private let master: Int
    private let listener: Int32
    private let changed = NSCondition()
    /// The last posts of results that the master answered with 200.
    private let answered = Watched<[RecordedPost]>([])
    /// Whether no condition waits for its moment.
    private let isSprung = Watched(true)
    private let state = Lock(State())

    private struct State {
        var condition = Condition.sound
        var isClosed = false
        /// The condition that waits for its moment.
        var trap: (moment: Moment, condition: Condition)?
        /// The last post of results from the slave.
        var lastPost: RecordedPost?
        var lastConnection = 0
        var connections: [Int: Connection] = [:]
    }

    private struct Connection {
        let slave: Int32
        let master: Int32
        var openEnds = 2
        /// A post of results that was passed on and is not yet answered.
        var post: RecordedPost?
    }

    /// Opens the relay to a master.
    init(toMaster master: Int) throws {
        self.master = master
        port = try Socket.stablePort()
        listener = try Socket.listen(on: port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Changes the condition.
    func become(_ condition: Condition) {
        changed.lock()
        state.withLock { state in
            state.condition = condition
            if condition == .cut { state.connections.values.forEach(Self.end) }
        }
        changed.broadcast()
        changed.unlock()
    }

    /// Changes the condition at a moment; returns when the moment has come.
    func become(_ condition: Condition, at moment: Moment) async throws {
        if moment == .now { return become(condition) }
        isSprung.update { $0 = false }
        state.withLock { $0.trap = (moment, condition) }
        try await isSprung.first { $0 ? () : nil }
    }

    /// Cuts the network before the slave's next post of results reaches the master; returns that post.
    func withholdPost() async throws -> RecordedPost {
        try await become(.cut, at: .post)
        return try #require(state.withLock { $0.lastPost })
    }

    private func hasCome(_ moment: Moment) {
        let condition = state.withLock { state in
            guard let trap = state.trap, trap.moment == moment else { return nil as Condition? }
            state.trap = nil
            return trap.condition
        }
        guard let condition else { return }
        become(condition)
        isSprung.update { $0 = true }
    }

    /// Ends the relay and all connections.
    func close() {
        state.withLock { $0.isClosed = true }
        become(.cut)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Waits for posts of results that the master answers with 200 from now on.
    func nextAnsweredPosts() async throws -> [RecordedPost] {
        answered.update { $0 = [] }
        return try await answered.first { $0.isEmpty ? nil : $0 }
    }

    private static func end(_ connection: Connection) {
        shutdown(connection.slave, Int32(SHUT_RDWR))
        shutdown(connection.master, Int32(SHUT_RDWR))
    }
}

// MARK: Connections

extension Relay {
    private func acceptAll() {
        while true {
            let slave = Socket.accept(listener)
            if state.withLock({ $0.isClosed }) {
                if slave >= 0 { Glibc.close(slave) }
                break
            }
            guard slave >= 0 else { continue }
            guard isPassable(), let master = try? Socket.connect(to: master) else {
                Glibc.close(slave)
                continue
            }
            add(Connection(slave: slave, master: master))
        }
        Glibc.close(listener)
    }

    private func add(_ connection: Connection) {
        let number = state.withLock { state in
            state.lastConnection += 1
            state.connections[state.lastConnection] = connection
            if state.condition == .cut { Self.end(connection) }
            return state.lastConnection
        }
        Thread.detachNewThread { [self] in
            var posts = PostReader()
            pass(from: connection.slave, to: connection.master, number) { bytes in
                let (ready, post) = posts.take(bytes)
                if let post { note(post, number) }
                return ready
            }
        }
        Thread.detachNewThread { [self] in
            pass(from: connection.master, to: connection.slave, number) { bytes in
                noteAnswer(bytes, number)
                return bytes
            }
        }
    }

    /// Passes on the bytes that `look` returns for the received ones.
    private func pass(from source: Int32, to target: Int32, _ number: Int, _ look: (Data) -> Data) {
        while let bytes = Socket.read(source) {
            let ready = look(bytes)
            guard isPassable(), Socket.write(ready, to: target) else { break }
        }
        state.withLock { state in
            guard let connection = state.connections[number] else { return }
            Self.end(connection)
            state.connections[number]?.openEnds -= 1
            guard connection.openEnds == 1 else { return }
            state.connections[number] = nil
            Glibc.close(connection.slave)
            Glibc.close(connection.master)
        }
    }

    private func note(_ post: RecordedPost, _ number: Int) {
        state.withLock { state in
            state.connections[number]?.post = post
            if state.trap?.moment == .post { state.lastPost = post }
        }
        hasCome(.post)
    }

    private func noteAnswer(_ bytes: Data, _ number: Int) {
        let post = state.withLock { state in
            defer { state.connections[number]?.post = nil }
            return state.connections[number]?.post
        }
        guard let post, bytes.starts(with: Data("HTTP/1.1 200".utf8)) else { return }
        answered.update { $0 = $0.suffix(9) + [post] }
        hasCome(.answer)
    }

    /// Waits while the network is silent; returns false when it is cut.
    private func isPassable() -> Bool {
        changed.lock()
        defer { changed.unlock() }
        while state.withLock({ $0.condition }) == .silent { changed.wait() }
        return state.withLock { $0.condition } == .sound
    }
}

/// A parser of posts of results in the bytes of a connection, whose requests come one after the other.
///
/// A post is kept back until it is complete, so that it reaches the master as a whole or not at all.
private struct PostReader {
    private var post = Data()

    /// Takes the next bytes; returns those to pass on, and the post that they complete.
    mutating func take(_ bytes: Data) -> (ready: Data, post: RecordedPost?) {
        if post.isEmpty, !Self.beginsPost(bytes) { return (bytes, nil) }
        post += bytes
        guard let recorded = RecordedPost(post), recorded.isComplete else { return (Data(), nil) }
        defer { post = Data() }
        return (post, recorded)
    }

    private static func beginsPost(_ bytes: Data) -> Bool {
        let line = String(decoding: bytes.prefix(200), as: UTF8.self).prefix { $0 != "\r\n" }
        return line.hasPrefix("POST /v1/slave/") && line.contains("/results ")
    }
}
