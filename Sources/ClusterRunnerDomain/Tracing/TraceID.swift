/// The trace of a build, as W3C Trace Context and OpenTelemetry number traces.
///
/// It follows from the build's number and the time of its request, so that a master that was restarted continues the
/// trace, and nothing has to be stored.
package struct TraceID: Sendable, Hashable, Codable {
    private let high: UInt64
    private let low: UInt64

    /// The trace of a build.
    package init(of build: BuildRecord) {
        let time = (build.timestamps[.queued] ?? 0).bitPattern
        high = Scramble.mix([1, UInt64(build.id.rawValue), time])
        low = Scramble.mix([2, UInt64(build.id.rawValue), time])
    }

    /// The 32 hexadecimal digits.
    package var hex: String { Scramble.hex(high) + Scramble.hex(low) }

    fileprivate var halves: [UInt64] { [high, low] }
}

/// A span of a build's trace, numbered by what it stands for: master and slave come to the same number.
package struct SpanID: Sendable, Hashable {
    private let value: UInt64

    private init(_ trace: TraceID, _ kind: UInt64, _ numbers: [UInt64] = []) {
        // Zero is no valid number.
        value = max(1, Scramble.mix(trace.halves + [kind] + numbers))
    }

    /// The build itself.
    package static func build(_ trace: TraceID) -> Self { Self(trace, 1) }

    /// The time of a build in a state.
    package static func state(_ state: BuildState, _ trace: TraceID) -> Self { Self(trace, 2, [UInt64(state.step)]) }

    /// The set-up of a build on a slave.
    package static func setup(_ slave: SlaveID, _ trace: TraceID) -> Self {
        Self(trace, 3, [UInt64(slave.rawValue)])
    }

    /// A command of a build that is not an atom, by the time of its start and its kind.
    package static func command(_ kind: String, slave: SlaveID?, startedAt: Double, _ trace: TraceID) -> Self {
        let letters = kind.utf8.map(UInt64.init)
        return Self(trace, 4, [UInt64(bitPattern: Int64(slave?.rawValue ?? -1)), startedAt.bitPattern] + letters)
    }

    /// A subjob.
    package static func subjob(_ subjob: SubjobID, _ trace: TraceID) -> Self {
        Self(trace, 5, [UInt64(subjob.rawValue)])
    }

    /// A run of an atom; `number` counts its runs from 1.
    package static func run(_ number: Int, ofAtom atom: AtomIndex, in subjob: SubjobID, _ trace: TraceID) -> Self {
        Self(trace, 6, [UInt64(subjob.rawValue), UInt64(atom.rawValue), UInt64(number)])
    }

    /// The 16 hexadecimal digits.
    package var hex: String { Scramble.hex(value) }

    /// The value of the variable `TRACEPARENT` and of the header `traceparent` for what runs below the span.
    package func traceparent(_ trace: TraceID) -> String { "00-\(trace.hex)-\(hex)-01" }
}

/// The numbers of traces and spans.
private enum Scramble {
    /// Mixes numbers into one in which every bit depends on each of them (the finalizer of SplitMix64).
    static func mix(_ numbers: [UInt64]) -> UInt64 {
        numbers.reduce(0x9E37_79B9_7F4A_7C15) { sum, number in
            var value = (sum ^ number) &+ 0x9E37_79B9_7F4A_7C15
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
