import Foundation
import Testing

/// A terminal of so many columns that a program can be started in.
struct PseudoTerminal {
    /// Our end: what the program prints is read here, what a user types is written here.
    let descriptor: Int32
    /// The program's end.
    let path: String

    /// The requests of `ioctl` that the Glibc module does not have, as the kernel numbers them.
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

    /// Types something; `\u{3}` is Ctrl-C.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}

/// What a terminal shows of what was printed, as far as programs here use one: lines, returns and erasing.
struct TerminalScreen {
    /// The lines that stay, and at last the one that the cursor is in; without colours.
    private(set) var lines: [String] = [""]
    /// Every state that the last line had when it was complete, in order: what was drawn over.
    private(set) var drawn: [String] = []
    /// The most columns that were ever used.
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
                // Erase to the end of the line, the only sequence that moves or changes something.
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
