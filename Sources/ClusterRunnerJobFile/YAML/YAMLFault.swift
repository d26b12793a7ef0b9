/// Something wrong with a YAML text, whatever the text is for.
struct YAMLFault: Error, Sendable, Equatable {
    /// Where it is.
    let mark: YAMLMark?
    /// The keys that lead to it, outermost first.
    var path: [String] = []
    /// What stands there.
    let found: String
    /// What should.
    let expected: String
}

/// What a YAML text holds, as far as it could be read.
struct YAMLDocument: Sendable, Equatable {
    /// The value of the text; nil when a fault ended the reading, a null when there is none.
    let root: YAMLNode?
    /// What is wrong, in the order found.
    let faults: [YAMLFault]
}

/// How much of a YAML text is read, so that a few lines of aliases cannot fill the memory.
struct YAMLLimits: Sendable {
    /// Bytes of the text itself.
    var textBytes = 1 << 20
    /// Directives that declare tags; libyaml compares each one with all before it.
    var tagDirectives = 100
    /// Values, counting those behind an alias again each time.
    var nodes = 50_000
    /// Bytes of all scalars, counting those behind an alias again each time.
    var scalarBytes = 4 << 20
    /// Levels of lists and maps inside each other.
    var depth = 32
}
