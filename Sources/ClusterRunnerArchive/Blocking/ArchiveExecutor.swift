import Foundation

/// The thread for writing or reading one archive.
///
/// libarchive and the file system block, so none of their calls may run on the cooperative pool, whose few threads
/// every other task needs. Each archive has a queue of its own, so that a slow disk under one does not hold up another.
final class ArchiveExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "clusterrunner.archive")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            withUTF8Names { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }
}

/// Runs `body` in a locale with UTF-8 names.
///
/// libarchive reads and writes names by the locale, and marks names in zip as UTF-8 where the locale is. The locale is
/// set for this thread only: other parts of the process may rely on their own.
private func withUTF8Names(_ body: () -> Void) {
    let previous = uselocale(utf8Locale)
    defer { uselocale(previous) }
    body()
}

/// Runs `body` in a locale where names are bytes.
func withPlainNames(_ body: () throws -> Void) rethrows {
    let previous = uselocale(plainLocale)
    defer { uselocale(previous) }
    try body()
}

private nonisolated(unsafe) let plainLocale: locale_t? = newlocale(LC_CTYPE_MASK, "C", nil)

// Safe although `locale_t` is a pointer: a locale is never changed after its creation. On a system with neither name,
// `uselocale(nil)` changes nothing, and tar entries still keep their bytes.
private nonisolated(unsafe) let utf8Locale: locale_t? =
    newlocale(LC_CTYPE_MASK, "C.UTF-8", nil) ?? newlocale(LC_CTYPE_MASK, "en_US.UTF-8", nil)
