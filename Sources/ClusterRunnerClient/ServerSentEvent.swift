package import ClusterRunnerWire

/// One event of a stream of Server-Sent Events.
package struct ServerSentEvent: Sendable, Equatable {
    /// Its number, with which a reader resumes; nil when the event has none.
    package let id: Int?
    /// Its name: the tag of a stored event, or `BUILD_PROGRESS`.
    package let name: String
    /// Its content, as text.
    package let data: String

    /// Creates an event.
    package init(id: Int?, name: String, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }

    /// The event in the form that its name promises.
    package func read<Event: StreamEvent>(_ type: Event.Type = Event.self) throws -> Event {
        try JSONCoding.decode(type, from: Array(data.utf8))
    }
}

/// A parser of Server-Sent Events in a stream that is cut anywhere.
struct ServerSentEventParser: StreamParser {
    private var line: [UInt8] = []
    private var id: Int?
    private var name = "message"
    private var data: [String] = []

    mutating func add(_ piece: [UInt8]) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[..<end]
            if let event = endLine() { events.append(event) }
            rest = rest[(end + 1)...]
        }
        line += rest
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return endEvent() }
        let field = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(field.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: field, as: UTF8.self) {
        case "id": id = Int(text)
        case "event": name = text
        case "data": data.append(text)
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer { (id, name, data) = (nil, "message", []) }
        guard !data.isEmpty else { return nil }
        return ServerSentEvent(id: id, name: name, data: data.joined(separator: "\n"))
    }
}
