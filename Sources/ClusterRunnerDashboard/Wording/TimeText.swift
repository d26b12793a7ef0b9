import Foundation

/// A time on a page: in UTC for readers without scripts, and in a machine-readable form for scripts.
package struct TimeText: Sendable {
    let machine: String
    let text: String

    /// Creates a time from seconds since 1970.
    package init(_ seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        machine = date.formatted(.iso8601)
        text = machine.replacing("T", with: " ").replacing("Z", with: " UTC")
    }

    /// Formats a duration in at most two units.
    package static func duration(_ seconds: Double) -> String {
        let seconds = max(0, seconds)
        if seconds < 9.995 { return "\(decimal(seconds, places: 2)) s" }
        if seconds < 59.95 { return "\(decimal(seconds, places: 1)) s" }
        let whole = seconds < 1e15 ? Int(seconds.rounded()) : Int(1e15)
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(grouped(whole / 3600)) h \(whole / 60 % 60) min"
    }

    /// Formats an estimated duration, without false precision.
    package static func estimate(_ seconds: Double) -> String {
        seconds < 60 ? "\(Int(max(1, seconds.rounded(.up)))) s" : duration(seconds)
    }

    private static func decimal(_ value: Double, places: Int) -> String {
        let scale = places == 2 ? 100 : 10
        let whole = Int((value * Double(scale)).rounded())
        let fraction = String(whole % scale)
        return "\(whole / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}

/// Formats a whole number, with thin spaces between thousands.
package func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { text += "\u{202F}" }
        text.append(digit)
    }
    return text
}

/// Formats a number of bytes in a readable unit.
package func byteCount(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(bytes) B" }
    var value = Double(bytes) / 1024
    var units = ["KiB", "MiB", "GiB", "TiB"][...]
    while value >= 1023.95, units.count > 1 {
        value /= 1024
        units.removeFirst()
    }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(units.first ?? "TiB")"
}
