import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The program that a deployment copies: the one that runs.
struct DeployProgram: Sendable {
    /// The path for reading it, also after it was replaced on disk.
    let path: String
    /// Its size in bytes.
    let size: Int
    /// The digest of its content, 64 hexadecimal digits of SHA-256.
    let digest: String
    /// The system and the processor that it is for, as uname tells them.
    let platform: [String]

    /// Reads the program of this process.
    static func ofProcess() throws -> Self {
        let path = "/proc/self/exe"
        return try attempting("The program cannot be read from \(path)", code: .failed) { () throws in
            let file = try OpenFile(path, O_RDONLY)
            let hasher = try ContentHasher()
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var size = 0
            while true {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                guard count > 0 else { break }
                try buffer.withUnsafeBytes { try hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                size += count
            }
            return Self(path: path, size: size, digest: "\(try hasher.finish())", platform: Self.platform())
        }
    }

    private static func platform() -> [String] {
        var names = utsname()
        uname(&names)
        func text(_ field: some Any) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return [text(names.sysname), text(names.machine)]
    }
}
