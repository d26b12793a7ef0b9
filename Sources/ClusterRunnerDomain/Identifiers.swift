package import ClusterRunnerPlugin

/// The number of one thing, typed by the kind of thing.
///
/// Numbers of different kinds do not mix, and none is used to count. On the wire and in the store each is its bare
/// number.
package protocol Identifier: RawRepresentable<Int>, Hashable, Comparable, Codable, Sendable,
    ExpressibleByIntegerLiteral, LosslessStringConvertible
{
    /// Creates an identifier from its number.
    init(rawValue: Int)
}

extension Identifier {
    /// Creates an identifier from its number.
    package init(_ number: Int) { self.init(rawValue: number) }

    package init(integerLiteral number: Int) { self.init(rawValue: number) }

    /// Creates an identifier from decimal digits; nil if the text is anything else.
    package init?(_ text: String) {
        guard let number = Int(text) else { return nil }
        self.init(rawValue: number)
    }

    /// The number in decimal digits.
    package var description: String { rawValue.description }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The number of a build, from 1; never reused.
package struct BuildID: Identifier {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// The number of a slave.
package struct SlaveID: Identifier {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// The number of a subjob in its build, from 0.
package struct SubjobID: Identifier {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// The number of an atom in its subjob, from 0.
package struct AtomIndex: Identifier {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// The number of a test case among all cases of all jobs, from 1.
package struct CaseID: Identifier {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// The number of a lease.
package struct LeaseID: Identifier {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
}

extension JSONValue {
    /// The number of an identifier.
    package static func integer(_ id: some Identifier) -> JSONValue { .integer(id.rawValue) }
}
