import CGit2
import Foundation

/// The library as a whole.
enum LibGit2 {
    /// Makes the library ready; cheap after the first time.
    ///
    /// It is never shut down: mirrors are used until the process ends, and the system takes the memory back.
    static func start() {
        _ = isStarted
    }

    private static let isStarted: Bool = {
        let isStarted = git_libgit2_init() > 0
        // As the git program does, for servers whose certificate comes from a company's own authority.
        let environment = ProcessInfo.processInfo.environment
        if let file = environment["GIT_SSL_CAINFO"] ?? environment["SSL_CERT_FILE"] {
            _ = clusterrunner_git_trust_certificates(file)
        }
        return isStarted
    }()

    /// Trusts the certificates in a PEM file instead of the system's, for the whole process.
    static func trustCertificates(inFile path: String) throws {
        start()
        try checked(clusterrunner_git_trust_certificates(path))
    }
}

/// What libgit2 said when a call failed.
struct GitFailure: Error, Equatable, CustomStringConvertible {
    /// The code, such as `GIT_ENOTFOUND`.
    let code: Int32
    /// Its sentence, without a period at the end.
    let message: String

    var description: String { message }

    func `is`(_ code: git_error_code) -> Bool { self.code == code.rawValue }
}

/// Throws what libgit2 said if `code` is a failure.
///
/// The library keeps its last error per thread, so this stands in the same synchronous function as the call.
@discardableResult
func checked(_ code: Int32) throws -> Int32 {
    guard code < 0 else { return code }
    let said = git_error_last().flatMap { error in error.pointee.message.map { String(cString: $0) } }
    throw GitFailure(code: code, message: said ?? "libgit2 failed with code \(code)")
}

/// Opens a handle of libgit2, lends it to `body`, and frees it.
func withHandle<Result>(
    freedBy free: (OpaquePointer?) -> Void,
    from open: (inout OpaquePointer?) -> Int32,
    _ body: (OpaquePointer) throws -> Result
) throws -> Result {
    var handle: OpaquePointer?
    try checked(open(&handle))
    guard let handle else { throw GitFailure(code: GIT_ERROR.rawValue, message: "libgit2 returned no object") }
    defer { free(handle) }
    return try body(handle)
}

/// Lends `strings` to `body` as libgit2's array of C strings.
func withStringArray<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<git_strarray>) throws -> Result
) rethrows -> Result {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return try pointers.withUnsafeMutableBufferPointer { buffer in
        var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
        return try body(&array)
    }
}
