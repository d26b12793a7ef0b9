import ClusterRunnerPlugin
import Foundation
import Testing

@testable import GitProjectType

/// The account's git configuration, on the way to servers.
@Suite struct AccountTests {
    @Test func `A password in .netrc is used`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:right") { port in
                try Data("machine 127.0.0.1 login me password right\n".utf8)
                    .write(to: URL(filePath: "\(try sandbox.directory("home"))/.netrc"))
                let project = try sandbox.project(["url": .string("http://127.0.0.1:\(port)/upstream/.git")])
                _ = try await project.fetch(into: sandbox.directory("workspace"))
                #expect(try sandbox.read("workspace/file.txt") == "one\n")
            }
        }
    }

    @Test(arguments: ["http.extraHeader", "http.http://127.0.0.1:PORT/.extraHeader"])
    func `A header of the account is sent, but not to where a server redirects`(key: String) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:right") { port in
                let header = "Authorization: Basic \(Data("me:right".utf8).base64EncodedString())"
                let key = key.replacing("PORT", with: "\(port)")
                try sandbox.sh("git config -f gitconfig '\(key)' '\(header)'")
                let environment = Sandbox.environment.merging(["GIT_CONFIG_GLOBAL": sandbox.path("gitconfig")]) { $1 }
                let url = "http://127.0.0.1:\(port)/upstream/.git"
                let project = try sandbox.project(["url": .string(url)], environment: environment)
                _ = try await project.fetch(into: sandbox.directory("workspace"))
                #expect(try sandbox.read("workspace/file.txt") == "one\n")
                try await TestServer.http(sandbox) { other in
                    try sandbox.sh("rm attempts")
                    let url = "http://127.0.0.1:\(port)/port/\(other)/upstream/.git"
                    let away = try sandbox.project(["url": .string(url)], environment: environment)
                    let error = await fetchError(away, into: try sandbox.directory("refused"))
                    #expect(error?.message.contains("redirects to another address") == true, "\(error?.message ?? "")")
                    #expect(try sandbox.read("attempts") == "me:right\n", "Only the first server saw them.")
                }
            }
        }
    }

    @Test(arguments: [GitSettings.Transport.git, .libgit2])
    func `Credentials do not follow a redirection to another port`(transport: GitSettings.Transport) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:secret") { port in
                let elsewhere = Sandbox(root: try sandbox.directory("other"))
                try sandbox.sh("ln -s ../upstream other/upstream")
                try await TestServer.http(elsewhere) { other in
                    let url = "http://me:secret@127.0.0.1:\(port)/port/\(other)/upstream/.git"
                    let project = try sandbox.project(["url": .string(url)], transport: transport)
                    _ = try? await project.fetch(into: try sandbox.directory("workspace"))
                    #expect(try sandbox.read("attempts").hasPrefix("me:secret\n"))
                    #expect(!FileManager.default.fileExists(atPath: elsewhere.path("attempts")), "It saw credentials.")
                }
            }
        }
    }

    @Test func `The library says where a server redirects credentials to`() async throws {
        try await Sandbox.with { sandbox in
            try await TestServer.http(sandbox) { port in
                let url = "http://me:secret@127.0.0.1:\(port)/port/1/x"
                let project = try sandbox.project(["url": .string(url)], transport: .libgit2)
                let error = await fetchError(project, into: try sandbox.directory("workspace"))
                #expect(
                    error?.message.hasSuffix(
                        "failed: the server redirects to 127.0.0.1, port 1, where the credentials must not be sent: use that "
                            + "address in the request."
                    ) == true,
                    "\(error?.message ?? "")"
                )
            }
        }
    }

    @Test func `A proxy of the account is used`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:right") { port in
                try await TestServer.proxy(sandbox) { proxy in
                    let environment = Sandbox.environment.merging(["http_proxy": "http://127.0.0.1:\(proxy)"]) { $1 }
                    let url = "http://me:right@127.0.0.1:\(port)/upstream/.git"
                    let project = try sandbox.project(["url": .string(url)], environment: environment)
                    _ = try await project.fetch(into: sandbox.directory("workspace"))
                    #expect(try sandbox.read("workspace/file.txt") == "one\n")
                    #expect(try sandbox.read("proxy.log").contains("/upstream/.git/info/refs"))
                }
            }
        }
    }

    @Test(arguments: [
        ("http://p:1", ["p 1"]), ("me:x@p:8080/", ["p 8080"]), ("https://[::1]", ["::1 443"]), ("http://p", ["p 80"]),
    ])
    func `Connections may begin at a proxy`(text: String, expected: [String]) {
        let places = ConnectionGate.Place.proxies(in: ["HTTPS_PROXY": text, "no_proxy": "http://other"])
        #expect(expected.allSatisfy { place in places.contains { "\($0.host) \($0.port)" == place } })
        #expect(!places.contains { $0.host == "other" })
    }
}
