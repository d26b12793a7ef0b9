import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct DeployHostTests {
    @Test(
        arguments: [
            ("build-01", nil, "build-01", nil), ("root@build-01:2222", "root", "build-01", 2222),
            ("10.0.0.2:22", nil, "10.0.0.2", 22), ("[fe80::1]:22", nil, "fe80::1", 22),
            ("a@fe80::1%eth0", "a", "fe80::1%eth0", nil), ("[::1]", nil, "::1", nil),
        ] as [(String, String?, String, Int?)]
    )
    func `A host is named as ssh has it`(text: String, user: String?, host: String, port: Int?) throws {
        let parsed = try DeployHost(text)
        #expect(parsed.user == user)
        #expect(parsed.host == host)
        #expect(parsed.port == port)
    }

    @Test(
        arguments: [
            "", "-oProxyCommand=id", "a b", "a:0", "a:65536", "a:ssh", "@a", "a@", "-x@a", "a;id", "$(id)", "[a]:1",
            "::1%$(id)", "u'x@a", "ssh://a", "a\u{F680}",
        ]
    )
    func `What ssh or a shell could take for something else is refused`(text: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try DeployHost(text) }
        #expect(error?.message.contains("is not a host of ssh. Use HOST, USER@HOST") == true)
    }

    @Test func `Only this machine without user and port needs no ssh`() throws {
        for text in ["localhost", "127.0.0.1", "::1"] { #expect(try DeployHost(text).isLocal) }
        for text in ["me@localhost", "localhost:22", "host"] { #expect(try !DeployHost(text).isLocal) }
    }

    @Test func `A host is deployed once, also if it has the master and a slave`() throws {
        let plan = try DeployPlan(master: "a@m:1", slaves: ["s", "a@m:1"])
        #expect(plan.hosts.map(\.text) == ["a@m:1", "s"])
        let twice = #expect(throws: ClusterRunnerError.self) { try DeployPlan(master: "m", slaves: ["s", "x@s"]) }
        #expect(twice?.message == "The host x@s is named twice. A host has one slave.")
        let users = #expect(throws: ClusterRunnerError.self) { try DeployPlan(master: "m", slaves: ["x@m"]) }
        #expect(
            users?.message == "The host of m and x@m is the same, with another user. Name it in the same way twice."
        )
    }
}
