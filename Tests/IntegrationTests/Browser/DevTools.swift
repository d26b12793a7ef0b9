import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Foundation

/// The DevTools protocol of a browser: commands with answers, and events, as JSON terminated by a zero byte.
final class DevTools: Sendable {
    private let socket: Int32
    private let state = Watched(State())
    /// Whether the socket is open; its number may be reused afterwards.
    private let isOpen: SharedFlag

    private struct State {
        var lastCommand = 0
        var answers: [Int: JSONValue] = [:]
        var events: [Event] = []
        var hasEnded = false
    }

    private final class SharedFlag: Sendable {
        let value = Lock(true)
    }

    /// An event in a page.
    struct Event: Sendable {
        let session: String
        let method: String
        let parameters: JSONValue
    }

    /// Creates the protocol on a connected socket, which is closed at its end.
    init(socket: Int32) {
        self.socket = socket
        let isOpen = SharedFlag()
        self.isOpen = isOpen
        Thread.detachNewThread { [state] in
            var rest: [UInt8] = []
            while let bytes = Socket.read(socket) {
                // Only the new bytes are searched: a picture is one message of megabytes.
                var parts = bytes.split(separator: 0, omittingEmptySubsequences: false)[...]
                while parts.count > 1, let end = parts.popFirst() {
                    Self.take(rest + end, state)
                    rest = []
                }
                rest += parts.joined()
            }
            state.update { $0.hasEnded = true }
            isOpen.value.withLock {
                $0 = false
                close(socket)
            }
        }
    }

    private static func take(_ message: [UInt8], _ state: Watched<State>) {
        guard let value = JSONParser.value(of: message) else { return }
        state.update { state in
            if let id = value["id"].integer {
                state.answers[id] = value
            } else if let method = value["method"].string {
                let session = value["sessionId"].string ?? ""
                state.events.append(Event(session: session, method: method, parameters: value["params"]))
            }
        }
    }

    /// Sends a command and returns its result.
    ///
    /// - Throws: `ProgramFailure` when the browser refuses the command or ends.
    @discardableResult
    func call(_ method: String, _ parameters: JSONValue = [:], session: String? = nil) async throws -> JSONValue {
        var id = 0
        state.update { state in
            state.lastCommand += 1
            id = state.lastCommand
        }
        var command: [String: JSONValue] = ["id": .integer(id), "method": .string(method), "params": parameters]
        if let session { command["sessionId"] = .string(session) }
        let bytes = try JSONEncoder().encode(JSONValue.object(command)) + [0]
        guard isOpen.value.withLock({ $0 && Socket.write(bytes, to: socket) }) else {
            throw ProgramFailure("The browser has ended before \(method).")
        }
        let number = id
        let answer: JSONValue? = try await state.first { state in
            if let answer = state.answers[number] { return .some(answer) }
            return state.hasEnded ? .some(nil) : nil
        }
        guard let answer else { throw ProgramFailure("The browser has ended during \(method).") }
        state.update { $0.answers[number] = nil }
        if let message = answer["error"]["message"].string { throw ProgramFailure("\(method): \(message)") }
        return answer["result"]
    }

    /// Returns the events in a page so far.
    func events(of session: String) -> [Event] { state.value.events.filter { $0.session == session } }

    /// Waits for more than `count` events of a kind in a page.
    func waitForEvent(_ method: String, of session: String, after count: Int) async throws {
        let happened: Bool = try await state.first { state in
            let events = state.events.count { $0.session == session && $0.method == method }
            return events > count ? true : state.hasEnded ? false : nil
        }
        if !happened { throw ProgramFailure("The browser has ended before \(method).") }
    }

    /// Ends the connection, and so the browser.
    func hangUp() {
        isOpen.value.withLock { if $0 { shutdown(socket, Int32(SHUT_RDWR)) } }
    }
}
