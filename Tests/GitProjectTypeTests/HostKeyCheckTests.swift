import Testing

@testable import GitProjectType

@Suite struct HostKeyCheckTests {
    @Test func `A key in known_hosts is good, strict or not`() {
        for strict in [true, false] { #expect(fault("KEY", ["h ssh-rsa OTHER", "h ssh-ed25519 KEY"], strict) == nil) }
    }

    @Test func `An unknown host is refused only when strict`() {
        #expect(fault("KEY", [], false) == nil)
        #expect(
            fault("KEY", [], true)
                == "the ssh host key of h is not in known_hosts, and git_strict_host_key_checking is on"
        )
    }

    @Test func `A changed key is refused, strict or not`() {
        for strict in [true, false] {
            #expect(
                fault("KEY", ["h ssh-ed25519 OLD"], strict)
                    == "the ssh host key of h is not the one in known_hosts: it was changed, or this is another server"
            )
        }
    }

    @Test func `A revoked key is refused even if it is listed too`() {
        #expect(
            fault("KEY", ["h ssh-ed25519 KEY", "@revoked h ssh-ed25519 KEY"], false)
                == "the ssh host key of h is marked as revoked in known_hosts"
        )
    }

    @Test func `A certificate authority is no key of the host`() {
        #expect(fault("KEY", ["@cert-authority h ssh-ed25519 CA"], false) == nil)
    }

    private func fault(_ key: String, _ lines: [String], _ isStrict: Bool) -> String? {
        HostKeyCheck.fault(of: key, host: "h", known: lines, isStrict: isStrict)
    }
}
