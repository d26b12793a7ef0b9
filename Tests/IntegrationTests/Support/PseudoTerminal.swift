import Foundation
import Testing

/// A terminal of a number of columns, in which a program can be started.
struct PseudoTerminal {
    /// The test's end: it reads the program's output, and writes typed text.
    let descriptor: Int32
    /// The program's end.
    let path: String
    /// Another descriptor of the test's end, which stays open after the program has ended.
    private let mirror: Mirror

    private final class Mirror: Sendable {
        let descriptor: Int32
        init(_ original: Int32) { descriptor = fcntl(original, F_DUPFD_CLOEXEC, 0) }
        deinit { close(descriptor) }
    }

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
        mirror = Mirror(descriptor)
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(descriptor, Request.windowSize, &size) == 0)
    }

    /// Whether typed text appears and is read by lines, as a program finds and has to leave it.
    var echoes: Bool {
        var modes = termios()
        guard tcgetattr(mirror.descriptor, &modes) == 0 else { return false }
        return modes.c_lflag & tcflag_t(ECHO) != 0 && modes.c_lflag & tcflag_t(ICANON) != 0
    }

    /// Types a text; `\u{3}` is Ctrl-C.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}

/// The screen of a terminal after some output, with the functions that the program uses: lines, returns, erasing and
/// one line up.
struct TerminalScreen {
    /// The lines, without colours.
    private(set) var lines: [String] = []
    /// Every complete state of the redrawn lines, in order, including overdrawn ones.
    private(set) var drawn: [String] = []
    /// The maximum number of columns used.
    private(set) var widest = 0
    private var cells: [[Character]] = [[]]
    private var row = 0
    private var column = 0

    init(_ output: String) {
        let visible = output.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        var rest = visible.unicodeScalars.map { Character($0) }[...]
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            case "\n":
                (row, column) = (row + 1, 0)
                if row == cells.count { cells.append([]) }
            case "\u{1B}":
                if let function = rest.dropFirst().first { obey(function) }
                rest = rest.dropFirst(2)
            default: put(character)
            }
        }
        lines = cells.map { String($0) }
    }

    private mutating func put(_ character: Character) {
        if column < cells[row].count { cells[row][column] = character } else { cells[row].append(character) }
        column += 1
        widest = max(widest, column)
    }

    private mutating func obey(_ function: Character) {
        switch function {
        case "A": row = max(0, row - 1)
        // Erase to the end of the line, or of the screen.
        case "K", "J":
            cells[row].removeSubrange(min(column, cells[row].count)...)
            if function == "J" { cells.removeSubrange((row + 1)...) }
            if !cells[row].isEmpty { drawn.append(String(cells[row])) }
        default: break
        }
    }
}
