import Glibc

/// Returns the system's text for an error number, such as "Permission denied".
package func systemMessage(_ number: Int32) -> String {
    // Longer than every message of glibc; strerror_r truncates longer ones.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
        guard let start = buffer.baseAddress, strerror_r(number, start, buffer.count) == 0 else {
            return "error \(number)"
        }
        return String(cString: start)
    }
}
