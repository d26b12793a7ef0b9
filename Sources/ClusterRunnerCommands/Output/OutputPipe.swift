import ClusterRunnerTerminal

/// The output of a command on its way to standard output, without control sequences if that is a terminal.
struct OutputPipe {
    private var filter: TerminalFilter?

    /// Creates the pipe.
    init(isTerminal: Bool, _ style: TextStyle) {
        filter = isTerminal ? TerminalFilter(isColoured: style.isColoured) : nil
    }

    /// Writes the next piece.
    mutating func write(_ text: String) { Terminal.write(filter?.pass(text) ?? text) }

    /// Ends the output and resets its colours.
    mutating func end() {
        if let rest = filter?.end(), !rest.isEmpty { Terminal.write(rest) }
    }
}
