import ClusterRunnerPlugin
import Foundation
import Testing

@testable import GitProjectType

@Suite struct HTTPRemoteTests {
    @Test func `A repository is fetched over http, branch and commits by hash`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try sandbox.sh("git checkout -q -b other", in: "upstream")
            let other = try sandbox.commit("on other")
            try sandbox.sh("git checkout -q main", in: "upstream")
            try await TestServer.http(sandbox) { port in
                let url = "http://127.0.0.1:\(port)/upstream/.git"
                _ = try await sandbox.project(["url": .string(url)]).fetch(into: sandbox.directory("one"))
                #expect(try sandbox.read("one/file.txt") == "one\n")
                let byHash = try sandbox.project(["url": .string(url), "hash": .string(other)])
                _ = try await byHash.fetch(into: sandbox.directory("two"))
                #expect(try sandbox.head(of: "two") == other)
            }
        }
    }

    @Test func `A commit on no branch is fetched by its id only where the server allows it`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeLostCommit(sandbox)
            try await TestServer.http(sandbox) { port in
                let address = "http://127.0.0.1:\(port)/upstream/.git"
                let project = try sandbox.project(
                    ["url": .string(address), "hash": .string(url.lost)],
                    transport: .libgit2
                )
                let error = await fetchError(project, into: try sandbox.directory("refused"))
                #expect(
                    error?.message
                        == "No branch or tag of the remote \"origin\" (\(address)) contains the commit \(url.lost), and it does "
                        + "not hand it out by its id: cannot fetch a specific object from the remote repository."
                )
                try sandbox.sh("git config uploadpack.allowAnySHA1InWant true", in: "upstream")
                let again = try sandbox.project(
                    ["url": .string(address), "hash": .string(url.lost)],
                    transport: .libgit2
                )
                _ = try await again.fetch(into: sandbox.directory("allowed"))
                #expect(try sandbox.head(of: "allowed") == url.lost)
            }
        }
    }

    @Test func `Credentials in the URL are used and shown nowhere`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:s3cr@t") { port in
                let url = "http://me:s3cr%40t@127.0.0.1:\(port)/upstream/.git"
                let project = try sandbox.project(["url": .string(url)])
                let fetched = try await project.fetch(into: sandbox.directory("workspace"))
                #expect(project.projectID == "http://127.0.0.1:\(port)/upstream/.git")
                #expect(!"\(fetched)".contains("s3cr"))
                let traces = try sandbox.sh("grep -rlE 's3cr' workspace master || true")
                #expect(traces == "", "Neither the workspace nor the mirror keeps them.")
            }
        }
    }

    @Test(arguments: [
        (GitSettings.Transport.git, "the credentials in the URL", "me:wrong\n"),
        (.libgit2, "the credentials in the URL, the git credential helper", "me:wrong\nme:stale\n"),
    ])
    func `A wrong password ends at once, and the error says what was tried`(
        transport: GitSettings.Transport,
        sources: String,
        attempts: String
    ) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:right") { port in
                let url = "http://me:wrong@127.0.0.1:\(port)/upstream/.git"
                let environment = try helper("echo username=me; echo password=stale", sandbox)
                let project = try sandbox.project(
                    ["url": .string(url)],
                    transport: transport,
                    environment: environment
                )
                let error = await fetchError(project, into: try sandbox.directory("workspace"))
                #expect(
                    error?.message.hasSuffix("failed: the server refused \(sources).") == true,
                    "\(error?.message ?? "")"
                )
                #expect(error?.message.contains("wrong") == false)
                #expect(try sandbox.read("attempts") == attempts, "Each was tried once.")
            }
        }
    }

    @Test(arguments: [GitSettings.Transport.git, .libgit2])
    func `A git credential helper is asked when the server wants credentials`(
        transport: GitSettings.Transport
    ) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:right") { port in
                let environment = try helper(
                    "cat > '\(sandbox.root)/asked'; echo username=me; echo password=right",
                    sandbox
                )
                let url = "http://127.0.0.1:\(port)/upstream/.git"
                let project = try sandbox.project(
                    ["url": .string(url)],
                    transport: transport,
                    environment: environment
                )
                _ = try await project.fetch(into: sandbox.directory("workspace"))
                #expect(try sandbox.read("workspace/file.txt") == "one\n")
                #expect(try sandbox.read("asked").contains("host=127.0.0.1:\(port)\n"))
            }
        }
    }

    @Test func `A helper is left alone by a server that wants no credentials`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox) { port in
                let environment = try helper("touch '\(sandbox.root)/asked'", sandbox)
                let url = "http://127.0.0.1:\(port)/upstream/.git"
                let project = try sandbox.project(["url": .string(url)], environment: environment)
                _ = try await project.fetch(into: sandbox.directory("workspace"))
                #expect(!FileManager.default.fileExists(atPath: sandbox.path("asked")))
            }
        }
    }

    @Test func `git leaves credentials behind when it is redirected to another host`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:secret") { port in
                let url = "http://me:secret@127.0.0.1:\(port)/away/upstream/.git"
                let error = await fetchError(
                    try sandbox.project(["url": .string(url)], transport: .git),
                    into: try sandbox.directory("refused")
                )
                #expect(
                    error?.message.hasSuffix("failed: the server refused the credentials in the URL.")
                        == true,
                    "\(error?.message ?? "")"
                )
                #expect(try sandbox.read("attempts") == "me:secret\n", "Only the first host saw them.")
            }
        }
    }

    @Test func `Credentials do not follow a redirection to another host`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox) { port in
                let open = "127.0.0.1:\(port)/away/upstream/.git"
                let without = try sandbox.project(["url": .string("http://\(open)")], transport: .libgit2)
                _ = try await without.fetch(into: sandbox.directory("workspace"))
                #expect(try sandbox.read("workspace/file.txt") == "one\n")
                let with = try sandbox.project(["url": .string("http://me:secret@\(open)")], transport: .libgit2)
                let error = await fetchError(with, into: try sandbox.directory("refused"))
                #expect(error?.message.contains("redirect") == true, "\(error?.message ?? "")")
                #expect(try sandbox.read("attempts") == "me:secret\n", "Only the first host saw them.")
            }
        }
    }

    @Test func `A server that wants credentials when there are none is an error that says so`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try await TestServer.http(sandbox, credentials: "me:right") { port in
                let project = try sandbox.project(["url": .string("http://127.0.0.1:\(port)/upstream/.git")])
                let error = await fetchError(project, into: try sandbox.directory("workspace"))
                #expect(
                    error?.message.contains("failed: the server wants credentials, and there are none for it; ")
                        == true,
                    "\(error?.message ?? "")"
                )
            }
        }
    }

    @Test(arguments: [
        (GitSettings.Transport.git, "repository 'http://127.0.0.1:PORT/nowhere/' not found"),
        (.libgit2, "unexpected http status code: 404"),
    ])
    func `A repository the server does not have is an error with what it said`(
        transport: GitSettings.Transport,
        words: String
    ) async throws {
        try await Sandbox.with { sandbox in
            try await TestServer.http(sandbox) { port in
                let url = "http://127.0.0.1:\(port)/nowhere"
                let project = try sandbox.project(["url": .string(url)], transport: transport)
                let error = await fetchError(project, into: try sandbox.directory("workspace"))
                #expect(
                    error?.message
                        == "Fetching the default branch of the remote \"origin\" (\(url)) failed: "
                        + "\(words.replacing("PORT", with: "\(port)"))."
                )
            }
        }
    }

    @Test func `Over https a server needs a certificate that is trusted`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try sandbox.sh(
                """
                openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext \
                subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null; cat key.pem cert.pem > both.pem
                """
            )
            try await TestServer.http(sandbox, certificate: sandbox.path("both.pem")) { port in
                let url = "https://localhost:\(port)/upstream/.git"
                for transport in [GitSettings.Transport.git, .libgit2] {
                    let project = try sandbox.project(["url": .string(url)], transport: transport)
                    let error = await fetchError(project, into: try sandbox.directory("refused"))
                    #expect(error?.message.contains("certificate") == true, "\(error?.message ?? "")")
                }
                try LibGit2.trustCertificates(inFile: sandbox.path("cert.pem"))
                let authority = ["GIT_SSL_CAINFO": sandbox.path("cert.pem")]
                for transport in [GitSettings.Transport.git, .libgit2] {
                    let project = try sandbox.project(
                        ["url": .string(url)],
                        on: "\(transport)",
                        transport: transport,
                        environment: Sandbox.environment.merging(authority) { $1 }
                    )
                    _ = try await project.fetch(into: sandbox.directory("workspace-\(transport)"))
                    #expect(try sandbox.read("workspace-\(transport)/file.txt") == "one\n")
                }
            }
        }
    }

    /// Makes a repository with a commit that is no longer on any branch.
    private func makeLostCommit(_ sandbox: Sandbox) throws -> (path: String, lost: String) {
        let path = try sandbox.makeRepository()
        let lost = try sandbox.commit("lost")
        try sandbox.sh("git reset -q --hard HEAD~1", in: "upstream")
        return (path, lost)
    }

    /// Makes an environment in which git has a credential helper.
    private func helper(_ script: String, _ sandbox: Sandbox) throws -> [String: String] {
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: sandbox.path("helper")))
        try Data("[credential]\nhelper = \"\(sandbox.path("helper"))\"\n".utf8)
            .write(to: URL(filePath: sandbox.path("gitconfig")))
        try sandbox.sh("chmod +x helper")
        return Sandbox.environment.merging(["GIT_CONFIG_GLOBAL": sandbox.path("gitconfig")]) { $1 }
    }
}
