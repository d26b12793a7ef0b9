import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct NotifyConfigurationTests {
    private func load(_ lines: String, environment: [String: String] = [:]) throws -> LoadedConfiguration {
        let scratch = try ScratchDirectory()
        let path = try scratch.write("[general]\nsecret = 0123456789\n[notify]\n\(lines)\n", to: "test.conf")
        return try ConfigurationLoader(file: path, environment: ["HOME": "/home/u"].merging(environment) { $1 }).load()
    }

    private func refusal(_ lines: String, environment: [String: String] = [:]) -> String? {
        do {
            _ = try load(lines, environment: environment).master()
            return nil
        } catch {
            let message = (error as? ClusterRunnerError)?.message ?? "\(error)"
            return message.split(separator: ": ", maxSplits: 1).last.map(String.init)
        }
    }

    @Test func `Without the section nobody is notified`() throws {
        let configuration = try load("").master().notify
        #expect(configuration == NotifyConfiguration())
        #expect(configuration.urls.isEmpty && configuration.secret == nil && configuration.onBuildFinished == nil)
    }

    @Test func `All keys are read`() throws {
        let configuration = try load(
            """
            url = https://u:p@example.org/a?b=c, http://[::1]:8080
            secret = for receivers
            timeout = 2.5
            give_up_after = 60
            on_build_finished = /opt/notify.sh "$CLUSTERRUNNER_BUILD_ID", and more
            on_build_finished_timeout = 7
            master_url = https://ci.example.org/
            """
        ).master().notify
        #expect(configuration.urls.map(\.text) == ["https://u:p@example.org/a?b=c", "http://[::1]:8080"])
        #expect(configuration.secret == (try Secret("for receivers")))
        #expect(configuration.timeout == .seconds(2.5) && configuration.giveUpAfter == .seconds(60))
        #expect(configuration.onBuildFinished == "/opt/notify.sh \"$CLUSTERRUNNER_BUILD_ID\", and more")
        #expect(configuration.onBuildFinishedTimeout == .seconds(7))
        #expect(configuration.masterURL == "https://ci.example.org")
    }

    @Test func `The environment comes before the file`() throws {
        let environment = ["CLUSTERRUNNER_NOTIFY_URL": "http://b/", "CLUSTERRUNNER_NOTIFY_SECRET": "other secret"]
        let configuration = try load("url = http://a/", environment: environment).master()
        #expect(configuration.notify.urls.map(\.text) == ["http://b/"])
        #expect(configuration.notify.secret == (try Secret("other secret")))
        #expect(configuration.general.secret == (try Secret("0123456789")))
    }

    @Test(arguments: [
        (
            "url = http://a/, example.org",
            "url must be URLs separated by commas, such as https://example.org/hook, but one of them is \"example.org\"."
        ),
        (
            "url = ftp://u:p@a/",
            "url must be URLs separated by commas, such as https://example.org/hook, but one of them is "
                + "\"ftp://u:***@a/\"."
        ),
        ("url = http://a/, http://a/", "url has the URL http://a/ twice; name it once."),
        ("url =", "url has no value; give one, or remove the line to have the default."),
        ("timeout = 0", "timeout must be a number of seconds from 0.1 to 86400.0, not \"0\"."),
        ("master_url = ci", "master_url must be a URL such as https://example.org, not \"ci\"."),
        ("secret = short", "secret must have at least 8 characters, not 5."),
        ("urls = http://a/", "There is no key \"urls\" in [notify]; did you mean \"url\"?"),
        ("port = 1", "The key \"port\" does not belong in [notify], but in [master] or [general]."),
        ("hostname = a", "The key \"hostname\" does not belong in [notify], but in [general] or [master] or [slave]."),
    ])
    func `A wrong value is refused with a sentence that names key and value`(line: String, sentence: String) {
        #expect(refusal(line) == sentence)
    }

    @Test func `The keys stand in their own section only`() {
        #expect(
            refusal("", environment: ["CLUSTERRUNNER_URL": "http://a/"])?.contains("sets nothing") == true
        )
        #expect(refusal("[master]\nurl = http://a/") == "The key \"url\" does not belong in [master], but in [notify].")
    }
}
