import ClusterRunnerClient
import ClusterRunnerPlugin

/// Slaves as a table.
struct SlaveList: Sendable {
    /// The slaves in the API's form.
    let slaves: [[String: JSONValue]]
    /// The current time in seconds since 1970.
    let now: Double

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        guard !slaves.isEmpty else { return ["There are no slaves."] }
        var table = TextTable(columns: [
            .init("SLAVE", isNumber: true), .init("ADDRESS", mayShrink: true), .init("STATE", mayShrink: true),
            .init("EXECUTORS", isNumber: true), .init("BUSY", isNumber: true), .init("BUILD", isNumber: true),
        ])
        table.rows = slaves.map { slave in
            [
                .init(Self.number(slave["id"])), .init(slave["url"]?.string ?? "-"), state(of: slave),
                .init(Self.number(slave["num_executors"])), .init(Self.number(slave["num_executors_in_use"])),
                .init(Self.number(slave["current_build_id"])),
            ]
        }
        return table.lines(width: width, style: style)
    }

    private static func number(_ value: JSONValue?) -> String { value?.integer.map(String.init) ?? "-" }

    private func state(of slave: [String: JSONValue]) -> TextTable.Cell {
        if slave["is_alive"] == false {
            return slave["is_in_shutdown_mode"] == true ? .init("ended", .dim) : .init("lost", .red)
        }
        if slave["is_in_shutdown_mode"] == true { return .init("shutting down", .yellow) }
        if let until = slave["quarantined_until"]?.seconds, until > now {
            return .init("kept out for \(TimeText.age(until - now))", .yellow)
        }
        return slave["current_build_id"]?.integer == nil ? .init("idle", .green) : .init("working")
    }
}
