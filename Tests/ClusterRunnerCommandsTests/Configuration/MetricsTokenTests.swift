import ClusterRunnerPlugin
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct MetricsTokenTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private let advice =
        "must hold one line of 16 to 4096 letters, digits and -._~+/=, such as \"openssl rand -hex 32\" prints."

    private func refusal(_ path: String) -> String? {
        do {
            _ = try MetricsToken(path: path)
            return nil
        } catch {
            return (error as? ClusterRunnerError)?.message ?? "\(error)"
        }
    }

    @Test(arguments: ["0123456789abcdef", "0123456789abcdef\n", "0123456789abcdef\r\n"])
    func `The token is the one line of its file`(text: String) throws {
        #expect(try MetricsToken(path: try scratch.write(text, to: "token")).text == "0123456789abcdef")
    }

    @Test(arguments: [
        "", "\n", "short", "0123456789abcde\n", "0123456789abcdef\nmore", "0123456789 abcdef", "0123456789abcdé\n",
        "0123456789abcdef\n\n", "\"0123456789abcdef\"", "\u{FEFF}0123456789abcdef", "0123456789abcdef\0",
        String(repeating: "a", count: 4_097),
    ])
    func `Anything else is refused without being shown`(text: String) throws {
        let path = try scratch.write(text, to: "token")
        #expect(refusal(path) == "metrics_token_file \(path) \(advice)")
    }

    @Test func `A file that is missing, no file or open to others is refused`() throws {
        let missing = scratch.path + "/none"
        #expect(
            refusal(missing)
                == "metrics_token_file \(missing) does not exist. Make one with: (umask 077; openssl rand -hex "
                + "32 > \(missing))"
        )
        #expect(refusal(scratch.path) == "metrics_token_file \(scratch.path) is not a regular file.")
        let pipe = scratch.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(refusal(pipe) == "metrics_token_file \(pipe) is not a regular file.")
        let open = try scratch.write("0123456789abcdef\n", to: "open", mode: 0o644)
        #expect(
            refusal(open) == "metrics_token_file \(open) holds the token, but others than its owner have access to it. "
                + "Type: chmod 600 \(open)"
        )
    }
}
