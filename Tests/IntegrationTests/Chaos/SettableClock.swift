import ClusterRunnerTesting
import Foundation

/// A wall clock for one program, which a test can set while the program runs; other clocks are unaffected.
///
/// It is a small library of C, `settable-clock.c`, that the program loads first.
struct SettableClock: Sendable {
    private let library: String
    private let file: String

    /// Creates a clock with the right time, which a file can change; the library is compiled beside it.
    ///
    /// - Throws: `ProgramFailure` that names what is missing.
    init(file: String) async throws {
        self.file = file
        library = file + ".so"
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "settable-clock.c").path
        let folder = URL(filePath: file).deletingLastPathComponent().path
        do {
            // The toolchain has it beside swift.
            let script = """
                compiler=$(command -v clang || echo "$(dirname "$(readlink -f "$(command -v swift)")")/clang")
                "$compiler" -O1 -shared -fPIC -o '\(library)' '\(source)'
                """
            try await shell(script, in: folder)
        } catch {
            throw ProgramFailure("The library of the clock cannot be compiled: \(error)")
        }
        try set(hours: 0)
    }

    /// Sets the clock a number of hours after the right time; negative numbers are before it.
    func set(hours: Int) throws {
        let bytes = withUnsafeBytes(of: Int64(hours) * 3600) { Data($0) }
        guard let open = FileHandle(forUpdatingAtPath: file) else { return try bytes.write(to: URL(filePath: file)) }
        // In place, since the program has mapped the file.
        try open.write(contentsOf: bytes)
        try open.close()
    }

    /// The words before a command that give the command the clock.
    var entrance: [String] { ["env", "LD_PRELOAD=\(library)", "TEST_CLOCK=\(file)"] }
}
