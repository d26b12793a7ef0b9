import ClusterRunnerConcurrency
import Foundation
import Testing

/// The network between one slave and the master: passes bytes on, until it is told not to.
final class Relay: Sendable {
    /// What the network does.
    enum Condition: String, Sendable {
        /// It passes bytes on.
        case sound
        /// It holds everything back, as when packets get lost: nobody sees an end, and the bytes arrive in the end.
        case silent
        /// It ends all connections and takes no new one.
        case cut
    }

    /// When the network begins to do something.
    enum Moment: String, Sendable, CaseIterable {
        /// At once.
        case now
        /// When the slave's next post of results is about to reach the master, whose files have reached it.
        case post
        /// When the master's answer to the next post of results is about to reach the slave.
        case answer
    }

    /// Where the slave finds it.
    let port: Int
    private let master: Int
    private let listener: Int32
    private let changed = NSCondition()
    /// The posts of results that the master answered with 200, the last of them.
    private let answered = Watched<[RecordedPost]>([])
    /// Whether nothing waits for its moment.
    private let isSprung = Watched(true)
    private let state = Lock(State())

    private struct State {
        var condition = Condition.sound
        var isClosed = false
        /// What is to happen at some moment.
        var trap: (moment: Moment, condition: Condition)?
        /// The last post of results that came from the slave.
        var lastPost: RecordedPost?
        var lastConnection = 0
        var connections: [Int: Connection] = [:]
    }

    private struct Connection {
        let slave: Int32
        let master: Int32
        var openEnds = 2
        /// A post of results that has been passed on and not been answered.
        var post: RecordedPost?
    }

    /// Opens the way to a master.
    init(toMaster master: Int) throws {
        self.master = master
        port = try Socket.stablePort()
        listener = try Socket.listen(on: port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Changes what the network does.
    func become(_ condition: Condition) {
        changed.lock()
        state.withLock { state in
            state.condition = condition
            if condition == .cut { state.connections.values.forEach(Self.end) }
        }
        changed.broadcast()
        changed.unlock()
    }

    /// Changes what the network does at a moment; returns when it has come.
    func become(_ condition: Condition, at moment: Moment) async throws {
        if moment == .now { return become(condition) }
        isSprung.update { $0 = false }
        state.withLock { $0.trap = (moment, condition) }
        try await isSprung.first { $0 ? () : nil }
    }

    /// Cuts the network when the slave's next post of results is about to reach the master; returns that post.
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

    /// Ends it and all connections.
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

    /// Passes on what `look` makes of the bytes that come.
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

    /// Waits while the network is silent; false when it is cut.
    private func isPassable() -> Bool {
        changed.lock()
        defer { changed.unlock() }
        while state.withLock({ $0.condition }) == .silent { changed.wait() }
        return state.withLock { $0.condition } == .sound
    }
}

/// Finds posts of results among the bytes of a connection, whose requests come one after the other.
///
/// A post is kept back until it is complete, so that it reaches the master as a whole or not at all.
private struct PostReader {
    private var post = Data()

    /// Takes in the next bytes; returns those that may be passed on, and the post that they are.
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
