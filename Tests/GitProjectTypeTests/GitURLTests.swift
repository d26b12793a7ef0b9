import ClusterRunnerPlugin
import Testing

@testable import GitProjectType

@Suite struct GitURLTests {
    @Test(arguments: [
        ("https://example.org/team/repo.git", "https://example.org/team/repo.git"),
        ("HTTPS://Example.ORG/Team/repo/", "https://example.org/Team/repo"),
        ("https://user:pa%3Ass@example.org:8443/r", "https://example.org:8443/r"),
        ("https://token@example.org/r", "https://example.org/r"),
        ("http://a@b@example.org/r", "http://example.org/r"),
        ("ssh://git@example.org:2222/r.git", "ssh://git@example.org:2222/r.git"),
        ("ssh://git:secret@example.org/r", "ssh://git@example.org/r"),
        ("git@example.org:team/repo.git", "git@example.org:team/repo.git"),
        ("example.org:team/repo.git", "example.org:team/repo.git"),
        ("git://example.org/r", "git://example.org/r"),
        ("git://u:p@example.org/r", "git://example.org/r"),
        ("http://[::1]:8080/r", "http://[::1]:8080/r"),
        ("/srv/git/repo.git", "file:///srv/git/repo.git"),
        ("/srv/with blank & 100%/r", "file:///srv/with%20blank%20%26%20100%25/r"),
        ("file:///srv/with%20blank", "file:///srv/with%20blank"),
        ("file://localhost/srv/r", "file:///srv/r"),
    ])
    func `An address is known without its credentials`(text: String, expected: String) throws {
        let url = try GitURL(text)
        #expect(url.withoutCredentials == expected)
        #expect(try GitURL(expected).withoutCredentials == expected, "Reading it again changes nothing.")
    }

    @Test(arguments: [
        "https://user:pa%3Ass@example.org:8443/r", "https://token@example.org/r", "ssh://git:secret@example.org/r",
        "https://u:p%40%2F@example.org/r", "https://:only@example.org/r", "git@example.org:r", "/srv/r",
    ])
    func `An address for a slave keeps its credentials`(text: String) throws {
        let url = try GitURL(text)
        #expect(try GitURL(url.withCredentials) == url)
    }

    @Test func `Credentials are decoded and kept from the library`() throws {
        let url = try GitURL("https://us%65r:p%40ss%2F@example.org/r")
        #expect(url.user == "user")
        #expect(url.password == "p@ss/")
        #expect(url.forLibrary == "https://example.org/r")
        #expect(try GitURL("file:///srv/with%20blank").forLibrary == "/srv/with blank")
    }

    @Test(arguments: [
        ("", "is empty"),
        ("ext::sh -c touch% /tmp/pwned", "has a path that starts with \":\""),
        ("fd::17/foo", "has a path that starts with \":\""),
        ("ext://sh", "has the unknown scheme \"ext\""),
        ("ftp://example.org/r", "has the unknown scheme \"ftp\""),
        ("--upload-pack=touch /tmp/pwned", "starts with a dash"),
        ("-oProxyCommand=sh:r", "starts with a dash"),
        ("ssh://-oProxyCommand=sh/r", "has a host that starts with a dash"),
        ("git@-oProxyCommand=sh:r", "has a host that starts with a dash"),
        ("ssh://-oProxyCommand=sh@example.org/r", "has a user that starts with a dash"),
        ("example.org:-x", "has a path that starts with \"-\""),
        ("relative/path", "has no scheme and is not an absolute path"),
        ("./relative:path", "has no scheme and is not an absolute path"),
        ("https://example.org/a\nb", "contains a control character"),
        ("https://example.org/a%0ab", "has a path with malformed percent signs or a control character"),
        ("https://u%0a:p@example.org/r", "has malformed percent signs or an encoded control character"),
        ("https://example.org/a%zz", "has a path with malformed percent signs or a control character"),
        ("https://example.org", "has no path"),
        ("https:///r", "has no host"),
        ("https://exa mple.org/r", "has a malformed host"),
        ("https://example.org/a b", "has a path with a blank, \"?\" or \"#\" in it"),
        ("https://example.org:0/r", "has a port that is not a number from 1 to 65535"),
        ("https://example.org:99999/r", "has a port that is not a number from 1 to 65535"),
        ("file://elsewhere/r", "names a file on another host, \"elsewhere\""),
        ("ssh://example.org/r';touch${IFS}x;'", "has a path with a single quote in it"),
        ("git@example.org:r%27;touch%20x;%27", "has a path with a single quote in it"),
    ])
    func `A hostile or malformed address is refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try GitURL(text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(": it \(reason). Use ") == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        "https://user:S3CRET@exa mple.org/r", "https://user:S3CRET/x@example.org:bad/r", "ftp://u:S3CRET@example.org/r",
        "user:S3CRET@example.org:r", "https://example.org/r?token=S3CRET", "u:S3CRET@h@x:y",
    ])
    func `The error about an address never shows its credentials`(text: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try GitURL(text) }
        #expect(error?.message.contains("S3CRET") == false, "\(error?.message ?? "")")
    }

    @Test func `The whole sentence about a bad address`() {
        let error = #expect(throws: ClusterRunnerError.self) { try GitURL("ftp://me:pw@example.org/r\u{1B}[2J") }
        #expect(
            error?.message
                == "\"ftp://example.org/r?[2J\" is not an address of a git repository: it contains a control character. "
                + "Use http, https, ssh, git or file with \"://\", \"user@host:path\", or an absolute path."
        )
    }

    @Test(arguments: [
        ("https://u:p@example.org/team/app", "../lib", "https://u:p@example.org/team/lib"),
        ("https://example.org/team/app", "./lib", "https://example.org/team/app/lib"),
        ("https://example.org/team/app", "../../lib", "https://example.org/lib"),
        ("git@example.org:team/app", "../lib", "git@example.org:team/lib"),
        ("git@example.org:app", "../lib", "git@example.org:lib"),
        ("/srv/app", "../lib", "file:///srv/lib"),
        ("https://u:p@example.org/app", "https://elsewhere.org/lib", "https://elsewhere.org/lib"),
        ("/srv/app", "/srv/lib", "file:///srv/lib"),
    ])
    func `A submodule's address is relative to its repository`(base: String, text: String, expected: String) throws {
        #expect(try GitURL(base).submodule(text).withCredentials == expected)
    }

    @Test func `A submodule's address cannot leave the server's root or reach this machine's files`() throws {
        let base = try GitURL("https://example.org/app")
        let above = #expect(throws: ClusterRunnerError.self) { try base.submodule("../../lib") }
        #expect(
            above?.message
                == "The submodule address \"../../lib\" leads above the root of \"https://example.org/app\"."
        )
        let local = #expect(throws: ClusterRunnerError.self) { try base.submodule("/etc/secret") }
        #expect(
            local?.message
                == "The submodule address \"file:///etc/secret\" is a local directory, which a repository from "
                + "\"https://example.org/app\" must not name."
        )
        #expect(throws: ClusterRunnerError.self) { try base.submodule("ext::sh -c x") }
    }
}
