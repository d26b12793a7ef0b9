import ClusterRunnerCore
import Foundation

/// Lists the names in a directory in the order of their bytes, so that equal trees make equal archives.
///
/// A symbolic link to a directory is not followed.
func sortedNames(inDirectoryAt path: RawPath) throws -> [RawPath] {
    let descriptor = open(path.cString, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0, let stream = fdopendir(descriptor) else {
        let reason = errno
        if descriptor >= 0 { close(descriptor) }
        throw ClusterRunnerError.system(reason, "The directory \"\(path)\" cannot be archived")
    }
    defer { closedir(stream) }
    var names: [RawPath] = []
    // Only `errno` tells the end of a directory from an error.
    errno = 0
    while let entry = readdir(stream) {
        names.append(name(of: entry))
        errno = 0
    }
    guard errno == 0 else { throw ClusterRunnerError.system(errno, "The directory \"\(path)\" cannot be archived") }
    return names.filter { $0 != RawPath(".") && $0 != RawPath("..") }
        .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
}

/// The name in a directory entry, read in place: the record is shorter than the C struct that describes it.
private func name(of entry: UnsafeMutablePointer<dirent>) -> RawPath {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    return RawPath(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
}
