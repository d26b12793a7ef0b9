import Foundation

/// The memory that this program has freed, and that the C library keeps for it.
enum FreeMemory {
    /// Gives it back to the system.
    ///
    /// glibc has several arenas, for which threads do not wait, and gives back by itself only what lies at the end of one.
    /// Without this each large build would leave some of its memory with the program. Other C libraries have no such
    /// function; then nothing happens.
    static func giveBack() {
        guard let trim = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
    }
}
