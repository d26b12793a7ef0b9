import Foundation

/// A time on a page: relative to the time of the page, exact in UTC, and in a machine-readable form.
///
/// A script keeps the relative form current, and shows the exact one in the reader's own time zone.
package struct TimeText: Sendable {
    let machine: String
    let exact: String
    let text: String

    /// Creates a time; both are seconds since 1970, and `now` is the time of the page.
    package init(_ seconds: Double, now: Double) {
        // Dates beyond these years have no form that browsers understand.
        let date = Date(timeIntervalSince1970: min(max(seconds, -62_135_596_800), 253_402_300_799))
        machine = date.formatted(.iso8601)
        exact = machine.replacing("T", with: " ").replacing("Z", with: " UTC")
        text = Self.relative(now - seconds) ?? String(exact.prefix(10))
    }

    /// Formats the distance of a time that was `seconds` ago, or will be if negative; nil from 30 days on.
    ///
    /// `times.js` has the same rule.
    static func relative(_ seconds: Double) -> String? {
        let distance = abs(seconds)
        guard distance < 30 * 86_400 else { return nil }
        let whole = Int(distance.rounded())
        guard whole >= 2 else { return "now" }
        let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        let (length, name) = units.first { whole >= $0.0 } ?? (1, "s")
        let text = "\(whole / length) \(name)"
        return seconds < 0 ? "in \(text)" : "\(text) ago"
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
