import CGit2
import ClusterRunnerPlugin
import Foundation

/// Process-wide state of the library.
enum LibGit2 {
    /// Initialises the library; cheap after the first time.
    ///
    /// It is never shut down: mirrors are used until the process ends, and the system frees the memory.
    static func start() {
        _ = isStarted
    }

    private static let isStarted: Bool = {
        let isStarted = git_libgit2_init() > 0
        ConnectionGate.install()
        WorkingTreeEncoding.install()
        // As the git program does, for servers whose certificate comes from a company's own authority.
        let environment = ProcessInfo.processInfo.environment
        if let file = environment["GIT_SSL_CAINFO"] ?? environment["SSL_CERT_FILE"] {
            _ = clusterrunner_git_trust_certificates(file)
        }
        if trustsAllOwners { _ = clusterrunner_git_trust_all_owners() }
        return isStarted
    }()

    /// Whether the account's git trusts repositories of every owner, a setting that the library does not read.
    private static var trustsAllOwners: Bool {
        let values = try? withHandle(freedBy: git_config_free, from: { git_config_open_default(&$0) }) {
            configuration in
            try withHandle(
                freedBy: git_config_iterator_free,
                from: { git_config_multivar_iterator_new(&$0, configuration, "safe.directory", nil) },
                { iterator in
                    var values: [String] = []
                    var entry: UnsafeMutablePointer<git_config_entry>?
                    while git_config_next(&entry, iterator) == 0, let value = entry?.pointee.value {
                        values.append(String(cString: value))
                    }
                    return values
                }
            )
        }
        // An empty value cancels those before it.
        return (values ?? []).split(separator: "", omittingEmptySubsequences: false).last?.contains("*") == true
    }

    /// Opens repositories of every owner from now on, such as workspaces of another user.
    ///
    /// The library runs no program that a repository names. Further calls do nothing.
    static func trustAllOwners() {
        start()
        _ = clusterrunner_git_trust_all_owners()
    }

    /// Trusts the certificates in a PEM file instead of the system's, for the whole process.
    static func trustCertificates(inFile path: String) throws {
        start()
        try checked(clusterrunner_git_trust_certificates(path))
    }
}

/// The error of a failed call of libgit2.
struct GitFailure: Error, Equatable, CustomStringConvertible {
    /// The code, such as `GIT_ENOTFOUND`.
    let code: Int32
    /// Its message, without a full stop.
    let message: String
    /// Whether it means missing or broken objects, references or files of a repository.
    let isDamage: Bool

    init(code: Int32, message: String, isDamage: Bool = false) {
        // Some messages of the library end in a full stop.
        (self.code, self.message, self.isDamage) = (code, message.asClause, isDamage)
    }

    var description: String { message }

    func `is`(_ code: git_error_code) -> Bool { self.code == code.rawValue }

    /// The same failure in a repository of the remote, which cannot be repaired here.
    var ofRemote: GitFailure {
        let isNewHashes = message.contains("objectformat")
        return GitFailure(code: code, message: isNewHashes ? GitComplaint.newHashes : message)
    }

    /// The failure itself if it means damage, which callers check; otherwise its message suffices.
    var asCause: GitFailure? { isDamage ? self : nil }

    /// Returns the library's failure behind an error, if there is one.
    static func within(_ error: any Error) -> GitFailure? {
        error as? GitFailure ?? (error as? ClusterRunnerError)?.cause as? GitFailure
    }

    /// Whether an error means damage of the repository on this machine.
    static func isDamage(_ error: any Error) -> Bool { within(error)?.isDamage == true }

    /// The classes of the library's errors that mean damage.
    fileprivate static let damage = Set(
        [
            GIT_ERROR_REFERENCE, GIT_ERROR_ZLIB, GIT_ERROR_REPOSITORY, GIT_ERROR_CONFIG,
            GIT_ERROR_ODB, GIT_ERROR_OBJECT, GIT_ERROR_TAG, GIT_ERROR_TREE, GIT_ERROR_INDEXER, GIT_ERROR_SHA,
        ].map { Int32($0.rawValue) }
    )
}

/// Throws libgit2's error if `code` is a failure.
///
/// The library keeps its last error per thread, so this must be in the same synchronous function as the call.
@discardableResult
func checked(_ code: Int32) throws -> Int32 {
    guard code < 0 else { return code }
    let last = git_error_last()?.pointee
    let said = last?.message.map { String(cString: $0) }
    // A checkout does not report an unreadable commit as such, and the error has no class of its own.
    let isUnreadable = said?.contains("could not be peeled") == true
    let isOfDamage = last.map { GitFailure.damage.contains($0.klass) } == true && code != GIT_EOWNER.rawValue
    let isDamage = isOfDamage || isUnreadable
    throw GitFailure(code: code, message: said ?? "libgit2 failed with code \(code)", isDamage: isDamage)
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
    try withStringArray(strings.map { Array($0.utf8CString) }, body)
}

/// Lends strings, each with its terminating zero, to `body` as libgit2's array of C strings.
func withStringArray<Result>(
    _ strings: [[CChar]],
    _ body: (UnsafePointer<git_strarray>) throws -> Result
) rethrows -> Result {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return try pointers.withUnsafeMutableBufferPointer { buffer in
        var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
        return try body(&array)
    }
}
