/// A fault of a YAML text, independent of its purpose.
struct YAMLFault: Error, Sendable, Equatable {
    /// The place of the fault.
    let mark: YAMLMark?
    /// The keys that lead to the fault, outermost first.
    var path: [String] = []
    /// The value that is there.
    let found: String
    /// The value that should be there.
    let expected: String
}

/// The content of a YAML text, as far as it could be read.
struct YAMLDocument: Sendable, Equatable {
    /// The value of the text, null for an empty text; nil when a fault ended the reading.
    let root: YAMLNode?
    /// The faults, in the order found.
    let faults: [YAMLFault]
}

/// Limits on reading a YAML text, so that a few lines of aliases cannot fill the memory.
struct YAMLLimits: Sendable {
    /// Bytes of the text itself.
    var textBytes = 1 << 20
    /// Directives that declare tags; libyaml compares each one with all previous ones.
    var tagDirectives = 100
    /// Values; those of an alias count at each use.
    var nodes = 50_000
    /// Bytes of all scalars; those of an alias count at each use.
    var scalarBytes = 4 << 20
    /// Nesting of lists and maps.
    var depth = 32
}
