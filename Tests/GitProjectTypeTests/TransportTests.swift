import ClusterRunnerPlugin
import Foundation
import Testing

@testable import GitProjectType

@Suite struct TransportTests {
    // MARK: - The environment of git

    @Test func `Variables that belong to a surrounding repository, or that ask, do not reach git`() {
        let environment = GitEnvironment.scrubbed(
            [
                "GIT_DIR": "/x", "GIT_INDEX_FILE": "/x/index", "GIT_WORK_TREE": "/", "GIT_QUARANTINE_PATH": "/q",
                "GIT_ASKPASS": "/bin/ask", "SSH_ASKPASS": "/bin/ask", "GIT_TRACE": "1", "GIT_TRACE_CURL": "1",
                "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "GIT_TERMINAL_PROMPT": "1",
            ],
            home: "/home/a"
        )
        #expect(
            environment == [
                "GIT_ASKPASS": "", "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C",
                "GIT_ALLOW_PROTOCOL": "http:https:ssh:git:file", "HOME": "/home/a",
            ]
        )
    }

    @Test func `Variables that say how to reach a server stay`() {
        let kept = [
            "GIT_SSL_CAINFO": "/ca", "GIT_SSH_COMMAND": "ssh -i k", "https_proxy": "http://p", "SSH_AUTH_SOCK": "/s",
            "GIT_CONFIG_GLOBAL": "/g", "GIT_CONFIG_COUNT": "0", "HOME": "/root",
        ]
        let environment = GitEnvironment.scrubbed(kept, home: "/other")
        #expect(environment.filter { kept[$0.key] != nil } == kept)
    }

    @Test func `An account that allows fewer schemes keeps its choice`() {
        let environment = GitEnvironment.scrubbed(["GIT_ALLOW_PROTOCOL": "ext:https:ssh"], home: "/")
        #expect(environment["GIT_ALLOW_PROTOCOL"] == "https:ssh")
    }

    // MARK: - ssh

    private static let bounded = "-o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
    private static let lax = "\(bounded) -o StrictHostKeyChecking=accept-new"

    @Test(
        arguments: [
            ([:], "", false, "ssh -o BatchMode=yes \(lax)"),
            ([:], "", true, "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes \(bounded)"),
            (["GIT_SSH_COMMAND": "/usr/bin/ssh -i k"], "", false, "/usr/bin/ssh -o BatchMode=yes -i k \(lax)"),
            ([:], "core.sshcommand\nssh -p 1\0", false, "ssh -o BatchMode=yes -p 1 \(lax)"),
            (["GIT_SSH_COMMAND": "ssh -v"], "core.sshcommand\nssh -p 1\0", false, "ssh -o BatchMode=yes -v \(lax)"),
            (["GIT_SSH": "/a b/ssh"], "", false, "'/a b/ssh' -o BatchMode=yes \(lax)"),
            (["GIT_SSH_COMMAND": "sshpass -f p ssh"], "", true, nil),
            (["GIT_SSH": "/usr/bin/plink"], "", false, nil),
            ([:], "ssh.variant\nsimple\0", false, nil),
        ] as [([String: String], String, Bool, String?)]
    )
    func `ssh gets options that keep it from asking, and keeps its own`(
        environment: [String: String],
        configuration: String,
        isStrict: Bool,
        expected: String?
    ) {
        let command = SSHCommand.make(
            environment: environment,
            configuration: AccountConfiguration(configuration),
            isStrict: isStrict,
            home: SSHCommand.Home(path: "/root", systemPath: "/root")
        )
        #expect(command == expected)
    }

    // MARK: - Messages

    @Test(
        arguments: [
            (
                "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make"
                    + " sure you have the correct access rights\nand the repository exists.\n",
                "'/x' does not appear to be a git repository", false
            ),
            (
                "remote: Enumerating objects: 5, done.\rremote: Counting objects: 20% (1/5)\rerror: RPC failed; curl 18\n"
                    + "fatal: early EOF\n", "RPC failed; curl 18; early EOF", false
            ),
            (
                "fatal: could not read Username for 'https://h': terminal prompts disabled\n",
                RemoteCredentials.noCredentials, false
            ),
            (
                "fatal: Authentication failed for 'http://h/r/'\n",
                "the server refused the credentials of the account's git configuration", false
            ),
            (
                "fatal: unable to access 'http://u:hidden-token@h/': Failed to connect\n",
                "unable to access 'http://h/': Failed to connect", false
            ),
            (
                "remote: the token hidden-token has expired\nfatal: the remote end hung up\n",
                "remote: the token *** has expired; the remote end hung up", false
            ),
            (
                "fatal: unable to access 'http://h/r/': The requested URL returned error: 301\n",
                "the server redirects to another address, where http.extraHeader of the account's git configuration must "
                    + "not be sent: use that address in the request", false
            ),
            (
                "fatal: mismatched algorithms: client sha1; server sha256\n",
                "it names its objects by SHA-256, which ClusterRunner cannot read; only repositories with SHA-1 names can be "
                    + "built", false
            ),
            (
                "Warning: Permanently added 'h' (ED25519) to the list of known hosts.\ngit@h: Permission denied (publickey).\n"
                    + "fatal: Could not read from remote repository.\n", "git@h: Permission denied (publickey)", false
            ),
            (
                "Host key verification failed.\nfatal: Could not read from remote repository.\n",
                "the ssh host key of h is not in known_hosts, and git_strict_host_key_checking is on", false
            ),
            (
                "From /up\n * [new branch]      main       -> refs/x\nerror: refs/x does not point to a valid object!\n",
                "refs/x does not point to a valid object!", true
            ),
            (
                "fatal: bad object 1234\nerror: /up did not send all necessary objects\n",
                "bad object 1234; /up did not send all necessary objects", true
            ),
            ("", "git failed without a word", true),
        ] as [(String, String, Bool)]
    )
    func `What git says becomes the end of a sentence`(said: String, sentence: String, isDamage: Bool) throws {
        let redaction = Redaction(hiding: ["hidden-token"])
        let failure = GitComplaint(
            Array(said.utf8),
            url: try GitURL("ssh://h/r"),
            isStrict: true,
            redaction: redaction
        ).failure
        #expect(failure.message == sentence)
        #expect(failure.isDamage == isDamage)
    }

    @Test func `Secrets of the account's configuration are known`() {
        let configuration = AccountConfiguration(
            "url.https://oauth2:glpat-1234@h/.insteadof\ngit@h:\0http.extraheader\nAuthorization: Basic abcdefgh\0"
                + "http.proxy\nhttp://me:pr0xypass@p:8080\0"
        )
        #expect(configuration.secrets == ["glpat-1234", "abcdefgh", "pr0xypass"])
        let redaction = Redaction(hiding: configuration.secrets)
        #expect(redaction("x glpat-1234 y\u{7}") == "x *** y?")
        #expect(redaction("'https://a:b@h/x' 'ssh://git@h/y'") == "'https://h/x' 'ssh://h/y'")
    }

    @Test func `A list of references is read, with the default branch`() throws {
        let id = String(repeating: "1", count: 40)
        let listing = "ref: refs/heads/trunk\tHEAD\n\(id)\tHEAD\n\(id)\trefs/heads/trunk\n\(id)\trefs/tags/v1^{}\n"
        let offer = try RemoteOffer(listing: Array(listing.utf8))
        #expect(offer.defaultBranch == "refs/heads/trunk")
        #expect(offer.references.map(\.name) == ["HEAD", "refs/heads/trunk", "refs/tags/v1^{}"])
    }

    @Test func `A repository with SHA-256 names is an error that says so`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.sh("git init -q --object-format=sha256 new; cd new; git commit -q --allow-empty -m x")
            let error = await fetchError(
                try sandbox.project(["url": .string(sandbox.path("new"))]),
                into: try sandbox.directory("workspace")
            )
            #expect(error?.message.hasSuffix("failed: \(GitComplaint.newHashes).") == true, "\(error?.message ?? "")")
        }
    }

    // MARK: - The choice of a transport

    @Test func `Without a git program it is libgit2, unless the configuration wants git`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let surroundings = GitSurroundings(homeDirectory: "/", user: "a", environment: [:], program: "no-such-git")
            func transport(_ choice: GitSettings.Transport) throws -> any RemoteTransport {
                let address = RemoteAddress(
                    url: try GitURL(url),
                    surroundings: surroundings,
                    settings: GitSettings(transport: choice),
                    stop: StopFlag()
                )
                return try address.transport(for: Mirror(of: address.url, below: sandbox.root))
            }
            #expect(try transport(.auto) is LibraryTransport)
            #expect(try transport(.libgit2) is LibraryTransport)
            let error = #expect(throws: ClusterRunnerError.self) { try transport(.git) }
            #expect(
                error?.message
                    == "\"file://\(url)\" cannot be fetched: git_transport is git, and the git program could not be run. "
                    + "Install git, or set git_transport to auto or libgit2."
            )
        }
    }
}
