import Glibc

/// Durations and times as they are shown on a terminal.
enum DurationText {
    /// Formats a duration like a clock: `0:05`, `12:40`, `1:02:03`.
    static func clock(_ seconds: Double) -> String {
        let all = Int(min(max(0, seconds), 1e9).rounded())
        let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// Formats an age: `12 s`, `3 min`, `5 h`, `2 d`.
    static func age(_ seconds: Double) -> String {
        let all = Int(min(max(0, seconds), 1e12))
        return switch all {
        case ..<100: "\(all) s"
        case ..<6000: "\(all / 60) min"
        case ..<172_800: "\(all / 3600) h"
        default: "\(all / 86400) d"
        }
    }

    /// Formats a time in seconds since 1970 like `2026-11-30 17:05:00`, in the time zone of this machine.
    static func moment(_ time: Double) -> String {
        var seconds = time_t(min(max(0, time), 1e11))
        var parts = tm()
        localtime_r(&seconds, &parts)
        let date = "\(parts.tm_year + 1900)-\(two(Int(parts.tm_mon) + 1))-\(two(Int(parts.tm_mday)))"
        return "\(date) \(two(Int(parts.tm_hour))):\(two(Int(parts.tm_min))):\(two(Int(parts.tm_sec)))"
    }

    /// Formats seconds with two decimals.
    static func seconds(_ seconds: Double) -> String {
        let hundredths = Int((min(max(0, seconds), 1e9) * 100).rounded())
        return "\(hundredths / 100).\(two(hundredths % 100))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
