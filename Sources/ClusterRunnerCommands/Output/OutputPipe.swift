import ClusterRunnerTerminal

/// The output of a command on its way to standard output: unchanged into a pipe or a file, and without what steers a
/// terminal onto one.
struct OutputPipe {
    private var filter: TerminalFilter?

    /// Opens the way.
    init(isTerminal: Bool, _ style: TextStyle) {
        filter = isTerminal ? TerminalFilter(isColoured: style.isColoured) : nil
    }

    /// Writes the next piece.
    mutating func write(_ text: String) { Terminal.write(filter?.pass(text) ?? text) }

    /// Ends the output; what it coloured lasts no longer.
    mutating func end() {
        if let rest = filter?.end(), !rest.isEmpty { Terminal.write(rest) }
    }
}
