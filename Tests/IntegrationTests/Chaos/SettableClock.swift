import Foundation

/// A wall clock for one program, which a test can set while the program runs; other clocks are unaffected.
///
/// It uses libfaketime, from Debian's package `faketime`.
struct SettableClock: Sendable {
    private let library: String
    private let file: String

    /// Creates a clock with the right time, which a file can change.
    ///
    /// - Throws: `ProgramFailure` that names what is missing.
    init(file: String) throws {
        #if THREAD_SANITIZER
            // Each of the two asks the other for memory or for the time before either is ready.
            throw ProgramFailure("libfaketime does not work in a program that was built for ThreadSanitizer.")
        #else
            guard let library = Self.library else {
                throw ProgramFailure("libfaketimeMT.so.1 is not installed: it is in the package faketime.")
            }
            (self.library, self.file) = (library, file)
            try set(hours: 0)
        #endif
    }

    /// Sets the clock a number of hours after the right time; negative numbers are before it.
    func set(hours: Int) throws {
        // Replaced as a whole, because a partial read would give another time.
        try Data("\(hours < 0 ? "-" : "+")\(abs(hours))h\n".utf8).write(to: URL(filePath: file), options: .atomic)
    }

    /// The words before a command that give the command the clock.
    ///
    /// The library adds a variable to the environment of the first program that loads it, which moves the environment,
    /// and Swift finds its arguments beside the original place. So another program comes first.
    var entrance: [String] {
        [
            "env", "LD_PRELOAD=\(library)", "FAKETIME_TIMESTAMP_FILE=\(file)", "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1", "env",
        ]
    }

    /// Removes the library's files of processes in shared memory.
    static func removeTraces(of processes: [pid_t]) {
        for id in processes {
            unlink("/dev/shm/faketime_shm_\(id)")
            unlink("/dev/shm/sem.faketime_sem_\(id)")
        }
    }

    private static var library: String? {
        let files = FileManager.default
        let roots = ["/usr/lib", "/usr/lib64", "/usr/local/lib"]
        let triples = (try? files.contentsOfDirectory(atPath: "/usr/lib"))?.filter { $0.hasSuffix("-linux-gnu") } ?? []
        let folders = triples.map { "/usr/lib/\($0)" } + roots
        return folders.map { "\($0)/faketime/libfaketimeMT.so.1" }.first(where: files.fileExists)
    }
}
