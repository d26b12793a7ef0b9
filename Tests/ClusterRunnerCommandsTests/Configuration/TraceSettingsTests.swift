import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerWire
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct TraceSettingsTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func configuration(_ lines: String) throws -> MasterConfiguration {
        let file = try scratch.write("[general]\nsecret = 0123456789\n[master]\n\(lines)\n", to: "c.conf")
        return try ConfigurationLoader(file: file, environment: ["HOME": scratch.path]).load().master()
    }

    private func refusal(_ lines: String) -> String? {
        do {
            _ = try configuration(lines).traceSettings()
            return nil
        } catch {
            return (error as? ClusterRunnerError)?.message ?? "\(error)"
        }
    }

    @Test func `Traces are off by default`() throws {
        #expect(try configuration("").traceSettings() == nil)
        #expect(try configuration("otlp_endpoint = None").traceSettings() == nil)
    }

    @Test(arguments: ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces"])
    func `Traces go to the path that OTLP has for them`(endpoint: String) throws {
        let settings = try configuration("otlp_endpoint = \(endpoint)").traceSettings()
        #expect(settings?.url.address == "http://c:4318/v1/traces")
        #expect(settings?.headers.isEmpty == true)
    }

    @Test func `Headers are read from a file, one a line`() throws {
        let file = try scratch.write("# a comment\n\nAuthorization: Bearer a:b\r\n  X-Tenant:  t 1 \n", to: "headers")
        let lines = "otlp_endpoint = https://c/otlp\notlp_headers_file = \(file)"
        let settings = try configuration(lines).traceSettings()
        #expect(settings?.headers.map(\.name) == ["Authorization", "X-Tenant"])
        #expect(settings?.headers.map(\.value) == ["Bearer a:b", "t 1"])
    }

    @Test(arguments: ["Authorization", ": x", "A B: c", "Name:", "Näme: x", "Name: ä", "Name: a\u{7F}"])
    func `A line that is no header is refused by its number`(line: String) throws {
        let file = try scratch.write("X: 1\n\(line)\n", to: "headers")
        #expect(
            refusal("otlp_endpoint = http://c\notlp_headers_file = \(file)")
                == "otlp_headers_file \(file), line 2, must be a "
                + "header of visible ASCII characters, such as \"Authorization: Bearer TOKEN\"."
        )
    }

    @Test func `A file of headers that others can read, or that no endpoint needs, is refused`() throws {
        let file = try scratch.write("X: 1\n", to: "headers", mode: 0o640)
        #expect(
            refusal("otlp_endpoint = http://c\notlp_headers_file = \(file)")
                == "otlp_headers_file \(file) holds credentials, "
                + "but others than its owner have access to it. Type: chmod 600 \(file)"
        )
        #expect(
            refusal("otlp_headers_file = \(file)")
                == "otlp_headers_file \(file) needs otlp_endpoint, the URL that gets the headers."
        )
        let missing = scratch.path + "/none"
        #expect(
            refusal("otlp_endpoint = http://c\notlp_headers_file = \(missing)")
                == "otlp_headers_file \(missing) does not "
                + "exist. It holds headers, one a line, such as: Authorization: Bearer TOKEN"
        )
    }

    @Test func `An endpoint with a query is refused without showing it`() throws {
        #expect(
            refusal("otlp_endpoint = http://c/?token=1234567")
                == "otlp_endpoint http://c/?… has a query; /v1/traces is added "
                + "to it, and tokens belong in otlp_headers_file."
        )
    }
}
