import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import MercurialProjectType

/// Serves a repository with `hg serve` on a free port of 127.0.0.1 while `body` runs with its address.
func withServer<Result: Sendable>(
    of repository: String,
    in sandbox: Sandbox,
    _ body: (String) async throws -> Result
) async throws -> Result {
    var options = PlatformOptions()
    options.createSession = true
    let result = try await run(
        .name("hg"),
        arguments: ["serve", "--address", "127.0.0.1", "--port", "0", "--print-url"],
        environment: .custom(Sandbox.environment.reduce(into: [:]) { $0[.init(stringLiteral: $1.key)] = $1.value }),
        workingDirectory: FilePath(sandbox.path(repository)),
        platformOptions: options,
        input: .none,
        output: .sequence,
        error: .discarded
    ) { execution in
        var url = ""
        for try await line in execution.standardOutput.strings() {
            url = line.trimmingCharacters(in: .whitespacesAndNewlines)
            break
        }
        // It prints the name of the address, which need not be the only one.
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0.filter(\.isNumber)) })
        do {
            let result = try await body("http://127.0.0.1:\(port)")
            try? execution.send(signal: .kill, toProcessGroup: true)
            return result
        } catch {
            try? execution.send(signal: .kill, toProcessGroup: true)
            throw error
        }
    }
    return result.closureResult
}

/// A server that accepts connections and never answers.
final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | listen(descriptor, 5) | getsockname(descriptor, $0, &length)
            }
        }
        try #require(code == 0)
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// Returns after the first connection.
    func connected() async {
        let descriptor = descriptor
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&question, 1, 60_000)
                continuation.resume()
            }
        }
    }
}
