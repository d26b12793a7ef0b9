#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension JobFile {
    /// The names under which a project may keep its job file; the first one that exists is read.
    public static let fileNames = ["clusterrunner.yaml", "clusterrunner.yml"]

    /// Reads the job file of a project.
    ///
    /// Blocks while the file is read, which is at most about a megabyte.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when there is none, or with
    ///   everything that is wrong with it; with ``ClusterRunnerError/Code/failed`` when it cannot be read.
    public static func load(directory: String) throws -> JobFile {
        for name in fileNames {
            guard let text = try contents(of: "\(directory)/\(name)") else { continue }
            return try parse(text, file: name)
        }
        let paths = fileNames.map { "\"\(directory)/\($0)\"" }.joined(separator: " nor ")
        throw ClusterRunnerError(
            .invalidArgument,
            "The project has no job file: there is neither \(paths). Write one, or send an inline job as \"config\"."
        )
    }

    /// The bytes of a file, or one more than a job file may have; nil if there is no such file.
    private static func contents(of path: String) throws -> [UInt8]? {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw unreadable(path, systemMessage(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw unreadable(path, "it is not a regular file")
        }
        return try contents(of: descriptor, path: path, limit: YAMLLimits().textBytes + 1)
    }

    private static func contents(of descriptor: Int32, path: String, limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, systemMessage(errno)) }
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    private static func unreadable(_ path: String, _ reason: String) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The job file \"\(path)\" cannot be read: \(reason).")
    }
}
