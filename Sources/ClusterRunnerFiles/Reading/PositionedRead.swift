import Foundation

/// Reads bytes of an open file from an offset.
///
/// - Returns: the bytes, fewer than requested only at the end of the file or after a failure; and the `errno` of that
///   failure.
package func readBytes(of descriptor: Int32, at offset: Int, count: Int) -> (bytes: [UInt8], failure: Int32?) {
    var failure: Int32?
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, length in
        while length < count {
            let start = buffer.baseAddress.map { $0 + length }
            let more = pread(descriptor, start, count - length, off_t(offset + length))
            if more < 0, errno == EINTR { continue }
            if more < 0 { failure = errno }
            guard more > 0 else { return }
            length += more
        }
    }
    return (bytes, failure)
}
