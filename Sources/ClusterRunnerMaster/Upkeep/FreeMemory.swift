import Foundation

/// The freed memory that the C library keeps for this program.
enum FreeMemory {
    /// Returns free memory to the system.
    ///
    /// glibc has several arenas, so that threads do not wait for each other, and returns only the memory at the end of
    /// one by itself. Without this call each large build would leave some of its memory with the program. With other C
    /// libraries nothing happens.
    static func giveBack() {
        guard let trim = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
    }
}
