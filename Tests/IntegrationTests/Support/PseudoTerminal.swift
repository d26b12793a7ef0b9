import Foundation
import Testing

/// A terminal of a number of columns, in which a program can be started.
struct PseudoTerminal {
    /// The test's end: it reads the program's output, and writes typed text.
    let descriptor: Int32
    /// The program's end.
    let path: String

    /// The `ioctl` requests that the Glibc module lacks, with the kernel's numbers.
    private enum Request {
        static let unlock: UInt = 0x4004_5431
        static let number: UInt = 0x8004_5430
        static let windowSize: UInt = 0x5414
    }

    init(columns: Int, rows: Int = 24) throws {
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(descriptor >= 0, "/dev/ptmx: \(String(cString: strerror(errno)))")
        var (isLocked, number) = (Int32(0), UInt32(0))
        try #require(
            ioctl(descriptor, Request.unlock, &isLocked) == 0 && ioctl(descriptor, Request.number, &number) == 0
        )
        self.descriptor = descriptor
        path = "/dev/pts/\(number)"
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(descriptor, Request.windowSize, &size) == 0)
    }

    /// Types a text; `\u{3}` is Ctrl-C.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}

/// The screen of a terminal after some output, with the functions that the program uses: lines, returns and erasing.
struct TerminalScreen {
    /// The permanent lines, and last the one with the cursor; without colours.
    private(set) var lines: [String] = [""]
    /// Every complete state of the last line, in order, including overdrawn ones.
    private(set) var drawn: [String] = []
    /// The maximum number of columns used.
    private(set) var widest = 0

    init(_ output: String) {
        let visible = output.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        var column = 0
        var line: [Character] = []
        var rest = visible.unicodeScalars.map { Character($0) }[...]
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n":
                lines[lines.count - 1] = String(line)
                lines.append("")
                (line, column) = ([], 0)
            case "\u{1B}":
                // Erase to the end of the line, the only sequence with an effect.
                rest = rest.dropFirst(2)
                line.removeSubrange(min(column, line.count)...)
                if !line.isEmpty { drawn.append(String(line)) }
            default:
                if column < line.count { line[column] = character } else { line.append(character) }
                column += 1
                widest = max(widest, column)
            }
            lines[lines.count - 1] = String(line)
        }
    }
}
