import ClusterRunnerWire

/// Slaves as a table.
struct SlaveList: Sendable {
    /// The slaves in the API's form.
    let slaves: [SlaveRepresentation]
    /// The current time in seconds since 1970.
    let now: Double

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        guard !slaves.isEmpty else { return ["There are no slaves."] }
        var table = TextTable(columns: [
            .init("SLAVE", isNumber: true), .init("NAME", mayShrink: true), .init("ADDRESS", mayShrink: true),
            .init("STATE", mayShrink: true), .init("EXECUTORS", isNumber: true), .init("BUSY", isNumber: true),
            .init("BUILD", isNumber: true), .init("VERSION"),
        ])
        table.rows = slaves.map { slave in
            [
                .init("\(slave.id)"), .init(slave.name ?? "-"), .init(slave.url), state(of: slave),
                .init("\(slave.executors)"), .init("\(slave.executorsInUse)"),
                .init(slave.build.map { "\($0)" } ?? "-"), .init(slave.version ?? "-"),
            ]
        }
        return table.lines(width: width, style: style)
    }

    private func state(of slave: SlaveRepresentation) -> TextTable.Cell {
        if !slave.isAlive {
            return slave.isShuttingDown ? .init("ended", .dim) : .init("lost", .red)
        }
        if slave.isShuttingDown { return .init("shutting down", .yellow) }
        if slave.isDraining { return .init(slave.build == nil ? "drained" : "draining", .yellow) }
        if let until = slave.quarantinedUntil, until > now {
            return .init("kept out for \(DurationText.age(until - now))", .yellow)
        }
        return slave.build == nil ? .init("idle", .green) : .init("working")
    }
}
