package import Foundation

extension UUID {
    /// Makes a random UUID with the system's generator.
    ///
    /// Foundation's own opens a file for it. In a process without free descriptors it returns the same value again and
    /// again, and requests would be refused as replays.
    package static func random() -> UUID {
        let bytes: [UInt8] = (0..<16).map { _ in UInt8.random(in: 0 ... .max) }
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6] & 0x0F | 0x40, bytes[7],
                bytes[8] & 0x3F | 0x80, bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }
}
