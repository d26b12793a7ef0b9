import ClusterRunnerDomain
import ClusterRunnerPlugin

/// A finished span of a build's trace.
struct Span: Sendable, Equatable {
    let trace: TraceID
    let id: SpanID
    let parent: SpanID?
    let name: String
    /// The start, in seconds since 1970.
    let start: Double
    /// The end, in seconds since 1970.
    let end: Double
    /// Strings, booleans and numbers, by name.
    var attributes: [String: JSONValue] = [:]
    /// The reason of its failure, perhaps empty; nil when it did not fail.
    var failure: String?
}

/// The JSON form of OTLP (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
extension Span {
    /// The request that exports spans of a service.
    static func request(_ spans: [Span], service: [String: JSONValue], version: String) -> JSONValue {
        let scope: JSONValue = ["name": "clusterrunner", "version": .string(version)]
        return [
            "resourceSpans": [
                [
                    "resource": ["attributes": attributes(service)],
                    "scopeSpans": [["scope": scope, "spans": .array(spans.map(\.json))]],
                ]
            ]
        ]
    }

    private var json: JSONValue {
        var members: [String: JSONValue] = [
            "traceId": .string(trace.hex), "spanId": .string(id.hex), "name": .string(name), "flags": 1,
            // A build is a request that the master serves; all else is within it.
            "kind": parent == nil ? 2 : 1,
            "startTimeUnixNano": Self.nanoseconds(start), "endTimeUnixNano": Self.nanoseconds(max(start, end)),
            "attributes": Self.attributes(attributes),
        ]
        if let parent { members["parentSpanId"] = .string(parent.hex) }
        if let failure { members["status"] = ["code": 2, "message": .string(failure)] }
        return .object(members)
    }

    private static func attributes(_ values: [String: JSONValue]) -> JSONValue {
        .array(values.sorted { $0.key < $1.key }.map { ["key": .string($0.key), "value": value($0.value)] })
    }

    private static func value(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): ["stringValue": .string(text)]
        case .bool(let flag): ["boolValue": .bool(flag)]
        // 64-bit numbers are strings in this encoding.
        case .integer(let number): ["intValue": .string(String(number))]
        case .number(let number): ["doubleValue": .number(number)]
        case .null, .array, .object: [:]
        }
    }

    /// A time in nanoseconds; one that no clock has is 0.
    private static func nanoseconds(_ seconds: Double) -> JSONValue {
        let isTime = seconds.isFinite && (0..<9e9).contains(seconds)
        return .string(String(isTime ? UInt64(seconds * 1e9) : 0))
    }
}
