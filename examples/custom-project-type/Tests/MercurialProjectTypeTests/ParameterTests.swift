import ClusterRunnerPlugin
import Foundation
import Logging
import Testing

@testable import MercurialProjectType

@Suite struct ParameterTests {
    @Test(arguments: [
        ("/srv/hg/shop", "file:///srv/hg/shop"), ("/srv/hg/shop/", "file:///srv/hg/shop"),
        ("file:///srv/a%20b", "file:///srv/a%20b"), ("/srv/a b#c", "file:///srv/a%20b%23c"),
        ("HTTPS://Example.org:8000/shop/", "https://example.org:8000/shop"),
        ("https://me:secret@example.org/shop", "https://example.org/shop"),
        ("https://token@example.org/shop", "https://example.org/shop"), ("http://h", "http://h/"),
        ("ssh://hg@example.org/shop", "ssh://hg@example.org/shop"),
        ("ssh://example.org//srv/shop", "ssh://example.org//srv/shop"), ("http://[::1]:8000/r", "http://[::1]:8000/r"),
    ])
    func `Addresses are shown without credentials, in one spelling`(text: String, shown: String) throws {
        #expect(try MercurialURL(text).withoutCredentials == shown)
    }

    @Test(arguments: [
        ("-oProxyCommand=x", "it starts with a dash."),
        ("ssh://-oProxyCommand=x/r", "it has a host that starts with a dash."),
        ("ssh://-oProxyCommand=x@h/r", "it has a user that starts with a dash."),
        ("ssh://%2Dl@h/r", "it has a user that starts with a dash."), ("ssh://h%20x/r", "it has a malformed host."),
        ("ssh://h/-R", "it has a path that starts with a dash."), ("ssh://h", "it has no path."),
        ("ext::sh -c x", "it has no scheme and is not an absolute path."),
        ("relative/path", "it has no scheme"),
        ("static-http://h/r", "it has the unknown scheme \"static-http\"."),
        ("bundle://x.hg", "it has the unknown scheme \"bundle\"."),
        ("git://h/r", "it has the unknown scheme \"git\"."), ("hg@example.org:shop", "it has no scheme"),
        ("https:///r", "it has no host."), ("https://h/r#stable", "it has a path with a blank, \"?\" or \"#\" in it."),
        ("https://h/%zz", "it has a path with malformed percent signs or a control character."),
        ("https://h/%0a", "it has a path with malformed percent signs or a control character."),
        ("https://h/a\nb", "it contains a control character."), ("https://h:port/r", "it has a malformed host."),
        ("file://other/r", "it names a file on another host, \"other\"."),
        ("ssh://me:secret@h/r", "it has a password, which ssh does not take: use a key."),
    ])
    func `Anything else is refused with the reason`(text: String, reason: String) throws {
        let error = #expect(throws: ClusterRunnerError.self) { try make(["url": .string(text)]) }
        #expect(error?.code == .invalidArgument)
        let message = error?.message ?? ""
        #expect(message.contains("is not an address of a Mercurial repository: \(reason)"), "\(message)")
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `At most one parameter names the changeset`() {
        let error = #expect(throws: ClusterRunnerError.self) {
            try make(["url": "/r", "branch": "a", "hash": "abcdef"])
        }
        #expect(error?.message == "Give only one of \"branch\" and \"hash\": each names a changeset of its own.")
    }

    @Test(arguments: ["abc", "xyzw", "0123456789012345678901234567890123456789a", "tip", "-r"])
    func `A hash has hexadecimal digits`(hash: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try make(["url": "/r", "hash": .string(hash)]) }
        #expect(error?.message == "\"hash\" must be 4 to 40 hexadecimal digits, not \"\(hash)\".")
    }

    @Test(arguments: ["/etc", "..", "a/../../b", ".hg", "./.hg/store"])
    func `The project's directory is inside the repository`(path: String) {
        let error = #expect(throws: ClusterRunnerError.self) {
            try make(["url": "/r", "project_directory": .string(path)])
        }
        #expect(error?.message == "\"project_directory\" must be a path inside the repository, not \"\(path)\".")
    }

    private func make(_ values: [String: JSONValue]) throws -> MercurialProjectType {
        let context = ProjectContext(storageDirectory: "/nonexistent", role: .master, logger: Logger(label: "test"))
        return try MercurialProjectType(parameters: ProjectParameters(values), context: context)
    }
}
