import Foundation
import UnixSignals

/// The signals that ask this process to end.
enum EndingSignals {
    /// TERM, INT, and HUP of a terminal that was closed.
    ///
    /// HUP is left alone where the process was started with it ignored: that is how `nohup` lets a process go on.
    static var all: [UnixSignal] { isHangUpIgnored ? [.sigterm, .sigint] : [.sigterm, .sigint, .sighup] }

    private static var isHangUpIgnored: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        // SIG_IGN, which is a number and no function.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
