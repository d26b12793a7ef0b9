import Glibc
import SystemPackage

/// Repeats a call of the C library while signals interrupt it.
///
/// - Returns: its result, which is not -1.
@discardableResult
package func retryingInterrupts<Result: FixedWidthInteger>(_ call: () -> Result) throws(SystemFault) -> Result {
    try repeating { () throws(Errno) in
        let result = call()
        guard result != -1 else { throw Errno(rawValue: errno) }
        return result
    }
}

/// Repeats a call of `FileDescriptor`, which must not retry by itself, while signals interrupt it.
func retryingFileDescriptor<Result>(_ call: () throws -> Result) throws(SystemFault) -> Result {
    try repeating { () throws(Errno) in
        do {
            return try call()
        } catch {
            throw error as? Errno ?? .ioError
        }
    }
}

/// The one loop over interrupted calls.
private func repeating<Result>(_ call: () throws(Errno) -> Result) throws(SystemFault) -> Result {
    while true {
        do {
            return try call()
        } catch {
            guard error == .interrupted else { throw SystemFault(error.rawValue) }
        }
    }
}
