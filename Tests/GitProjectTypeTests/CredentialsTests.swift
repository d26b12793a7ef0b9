import Foundation
import Testing

@testable import GitProjectType

@Suite struct CredentialsTests {
    @Test func `Credentials in the address are tried before the helper`() throws {
        let sources = try sources("https://u:p@example.org/r")
        #expect(sources == [.address(user: "u", password: "p"), .helper])
        #expect(try self.sources("https://token@example.org/r").first == .address(user: "token", password: ""))
        #expect(try self.sources("https://example.org/r") == [.helper])
    }

    @Test func `Ssh uses the agent, then those key files that are there`() async throws {
        try await Sandbox.with { sandbox in
            let ssh = try sandbox.directory("home/.ssh")
            for name in ["id_rsa", "id_ed25519", "id_other"] { try Data().write(to: URL(filePath: "\(ssh)/\(name)")) }
            let expected: [RemoteCredentials.Source] = [.keyFile("\(ssh)/id_ed25519"), .keyFile("\(ssh)/id_rsa")]
            let home = sandbox.path("home")
            #expect(try sources("git@example.org:r", home: home) == expected)
            #expect(try sources("git@example.org:r", home: home, ["SSH_AUTH_SOCK": "/x"]) == [.agent] + expected)
        }
    }

    @Test func `Files and the git protocol know no credentials`() throws {
        #expect(try sources("/srv/r").isEmpty)
        #expect(try sources("git://u:p@example.org/r").isEmpty)
    }

    @Test func `The helper is asked in git's own format`() throws {
        let question = CredentialHelper.question(about: try GitURL("https://me@example.org:8443/team/a%20b"))
        #expect(question == "protocol=https\nhost=example.org:8443\npath=team/a b\nusername=me\n\n")
    }

    @Test func `An answer is read whatever the order, and with equals signs in the password`() throws {
        let answer = try #require(CredentialHelper.credentials(in: "password=a=b=\nprotocol=https\nusername=me\n"))
        #expect(answer == (user: "me", password: "a=b="))
        #expect(CredentialHelper.credentials(in: "username=me\n") == nil)
    }

    @Test func `A program that is not there, or fails, has no answer`() {
        let environment = ProcessInfo.processInfo.environment
        #expect(ChildProgram.output(of: ["no-such-program-anywhere"], environment: environment) == nil)
        #expect(ChildProgram.output(of: ["sh", "-c", "echo x; exit 3"], environment: environment) == nil)
        #expect(
            ChildProgram.output(of: ["sh", "-c", "echo x; exit 3"], environment: environment, isFailureEmpty: true)
                == "x\n"
        )
    }

    @Test func `A program that does not read a long input is no harm`() {
        let input = String(repeating: "x", count: 5_000_000)
        let environment = ProcessInfo.processInfo.environment
        #expect(ChildProgram.output(of: ["true"], input: input, environment: environment) == "")
        #expect(ChildProgram.output(of: ["cat"], input: "hello", environment: environment) == "hello")
    }

    private func sources(
        _ url: String,
        home: String = "/nonexistent",
        _ environment: [String: String] = [:]
    ) throws -> [RemoteCredentials.Source] {
        let surroundings = GitSurroundings(homeDirectory: home, user: "me", environment: environment)
        return RemoteCredentials.sources(for: try GitURL(url), surroundings: surroundings)
    }
}
