import ClusterRunnerPlugin
import Foundation
import Glibc
import Testing

@testable import GitProjectType

/// Whether a real sshd can be started here; it needs root and its empty directory.
private let hasSSHServer =
    FileManager.default.isExecutableFile(atPath: "/usr/sbin/sshd") && NSUserName() == "root"

@Suite(.enabled(if: hasSSHServer, "needs /usr/sbin/sshd and root"))
struct SSHRemoteTests {
    @Test func `A repository is fetched over ssh with a key file`() async throws {
        try await withServer { sandbox, url in
            let project = try sandbox.project(["url": .string(url)])
            _ = try await project.fetch(into: sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/file.txt") == "one\n")
        }
    }

    @Test func `A repository is fetched over ssh with the agent`() async throws {
        try await withServer { sandbox, url in
            let agent = sandbox.path("agent")
            let says = try #require(
                ChildProgram.output(of: ["ssh-agent", "-a", agent], environment: Sandbox.environment)
            )
            let pid = try #require(says.firstMatch(of: /SSH_AGENT_PID=(\d+)/).flatMap { Int32($0.1) })
            defer { kill(pid, SIGKILL) }
            try sandbox.sh("SSH_AUTH_SOCK='\(agent)' ssh-add -q home/.ssh/id_ed25519 2>&1; rm home/.ssh/id_*")
            let environment = Sandbox.environment.merging(["SSH_AUTH_SOCK": agent]) { $1 }
            let project = try sandbox.project(["url": .string(url)], environment: environment)
            _ = try await project.fetch(into: sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/file.txt") == "one\n")
        }
    }

    @Test func `A key that wants a passphrase is passed over for the next one`() async throws {
        try await withServer { sandbox, url in
            try sandbox.sh("ssh-keygen -q -t ecdsa -N '' -f home/.ssh/id_ecdsa")
            try sandbox.sh("rm home/.ssh/id_ed25519*; ssh-keygen -q -t ed25519 -N secret -f home/.ssh/id_ed25519")
            try sandbox.sh("cat home/.ssh/*.pub > authorized")
            let project = try sandbox.project(["url": .string(url)])
            _ = try await project.fetch(into: sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/file.txt") == "one\n")
        }
    }

    @Test func `Keys the server does not know are tried once each`() async throws {
        try await withServer { sandbox, url in
            try sandbox.sh("echo > authorized")
            let project = try sandbox.project(["url": .string(url)], transport: .libgit2)
            let error = await fetchError(project, into: try sandbox.directory("workspace"))
            #expect(
                error?.message.hasSuffix("failed: the server refused \(sandbox.path("home/.ssh/id_ed25519")).") == true,
                "\(error?.message ?? "")"
            )
        }
    }

    @Test func `A refusal of all keys is told in the words of ssh`() async throws {
        try await withServer { sandbox, url in
            try sandbox.sh("echo > authorized")
            let project = try sandbox.project(["url": .string(url)], transport: .git)
            let error = await fetchError(project, into: try sandbox.directory("workspace"))
            #expect(
                error?.message.contains("failed: root@127.0.0.1: Permission denied (publickey") == true,
                "\(error?.message ?? "")"
            )
        }
    }

    @Test func `An RSA key is taken by a server that wants new signatures`() async throws {
        try await withServer { sandbox, url in
            try sandbox.sh("rm home/.ssh/id_*; ssh-keygen -q -t rsa -N '' -f home/.ssh/id_rsa")
            try sandbox.sh("cp home/.ssh/id_rsa.pub authorized")
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/file.txt") == "one\n")
        }
    }

    @Test func `An alias of the account's ssh configuration is followed`() async throws {
        try await withServer { sandbox, url in
            let address = try #require(url.wholeMatch(of: /ssh:\/\/root@(.*):(\d+)(\/.*)/))
            let configuration = "Host work\n  HostName \(address.1)\n  Port \(address.2)\n  User root\n"
            try Data(configuration.utf8).write(to: URL(filePath: sandbox.path("home/.ssh/config")))
            let project = try sandbox.project(["url": .string("work:\(address.3)")])
            _ = try await project.fetch(into: sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/file.txt") == "one\n")
        }
    }

    @Test func `A repository the server does not have is no matter of credentials`() async throws {
        try await withServer { sandbox, url in
            try sandbox.sh("ssh-keygen -q -t ecdsa -N '' -f home/.ssh/id_ecdsa")
            let project = try sandbox.project(["url": .string("\(url)-nowhere")])
            let error = await fetchError(project, into: try sandbox.directory("workspace"))
            #expect(error?.message.contains("refused") == false, "\(error?.message ?? "")")
            #expect(error?.message.contains("nowhere") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `A strict fetch wants the host in known_hosts`() async throws {
        try await withServer { sandbox, url in
            let host = try #require(url.wholeMatch(of: /ssh:\/\/root@(.*):(\d+)\/.*/))
            let entry = "[\(host.1)]:\(host.2)"
            let project = try sandbox.project(["url": .string(url)], strict: true)
            let error = await fetchError(project, into: try sandbox.directory("refused"))
            #expect(
                error?.message.hasSuffix(
                    "the ssh host key of \(entry) is not in known_hosts, and git_strict_host_key_checking is on."
                ) == true,
                "\(error?.message ?? "")"
            )
            try sandbox.sh("echo '\(entry)' $(cut -d' ' -f1,2 host.pub) > home/.ssh/known_hosts")
            try sandbox.sh("ssh-keygen -q -H -f home/.ssh/known_hosts 2>/dev/null")
            #expect(try !sandbox.read("home/.ssh/known_hosts").contains(host.1), "The name is hashed.")
            _ = try await sandbox.project(["url": .string(url)], strict: true).fetch(
                into: sandbox.directory("workspace")
            )
            #expect(try sandbox.read("workspace/file.txt") == "one\n")
        }
    }

    @Test(arguments: [true, false])
    func `A changed host key is refused, strict or not`(strict: Bool) async throws {
        try await withServer { sandbox, url in
            let host = try #require(url.wholeMatch(of: /ssh:\/\/root@(.*):(\d+)\/.*/))
            try sandbox.sh("ssh-keygen -q -t ed25519 -N '' -f other")
            try sandbox.sh("echo '[\(host.1)]:\(host.2)' $(cut -d' ' -f1,2 other.pub) > home/.ssh/known_hosts")
            let project = try sandbox.project(["url": .string(url)], strict: strict)
            let error = await fetchError(project, into: try sandbox.directory("workspace"))
            #expect(
                error?.message.contains("is not the one in known_hosts: it was changed, or this is another server")
                    == true,
                "\(error?.message ?? "")"
            )
        }
    }

    func withServer(_ body: (Sandbox, _ url: String) async throws -> Void) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            _ = try sandbox.directory("home/.ssh")
            try sandbox.sh(
                """
                mkdir -p /run/sshd
                ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f home/.ssh/id_ed25519
                cp home/.ssh/id_ed25519.pub authorized
                """
            )
            let configuration = """
                HostKey \(sandbox.path("host"))
                AuthorizedKeysFile \(sandbox.path("authorized"))
                PidFile none
                UsePAM no
                StrictModes no
                PermitRootLogin prohibit-password
                PasswordAuthentication no
                """
            try Data(configuration.utf8).write(to: URL(filePath: sandbox.path("sshd_config")))
            try await TestServer.ssh(sandbox, configuration: sandbox.path("sshd_config")) { port in
                try await body(sandbox, "ssh://root@127.0.0.1:\(port)\(sandbox.path("upstream"))")
            }
        }
    }
}
