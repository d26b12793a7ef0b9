import Testing

@testable import ClusterRunnerCommands

@Suite struct ConfigurationFaultTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    /// Returns the errors of loading a file of this text, without the path.
    private func faults(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        let file = try scratch.write(text, to: "bad.conf")
        let loader = ConfigurationLoader(file: file, environment: environment)
        let message = refusal { _ = try loader.load() } ?? ""
        return message.replacing("\(file), ", with: "").split(separator: "\n").map(String.init)
    }

    @Test func `All faults of a file come at once, with file and line`() throws {
        let file = try scratch.write(
            """
            [general]
            secret = 0123456789
            log_levle = INFO
            [mastr]
            anything = 1
            [master]
            port = high
            nonsense
            num_executors = 2
            """,
            to: "many.conf"
        )
        #expect(
            refusal { _ = try ConfigurationLoader(file: file, environment: ["CLUSTERRUNNER_SLAVE_PORT": "-1"]).load() }
                == """
                \(file), line 3: There is no key "log_levle" in [general]; did you mean "log_level"?
                \(file), line 4: There is no section [mastr]; did you mean [master]?
                \(file), line 7: port must be a whole number from 0 to 65535, not "high".
                \(file), line 8: This is neither [section], nor key = value, nor a comment that begins with # or ;.
                \(file), line 9: The key "num_executors" does not belong in [master], but in [slave] or [general].
                CLUSTERRUNNER_SLAVE_PORT must be a whole number from 0 to 65535, not "-1".
                """
        )
    }

    @Test(arguments: [
        ("port = 65536", "port must be a whole number from 0 to 65535, not \"65536\"."),
        ("port =", "port has no value; give one, or remove the line to have the default."),
        ("port = \"1\", \"2\"", "port takes one value, not a list; quote the whole of it."),
        ("num_executors = 0", "num_executors must be a whole number from 1 to 4096, not \"0\"."),
        ("heartbeat_interval = 0", "heartbeat_interval must be a number of seconds from 0.1 to 86400.0, not \"0\"."),
        (
            "heartbeat_interval = nan",
            "heartbeat_interval must be a number of seconds from 0.1 to 86400.0, not \"nan\"."
        ),
        (
            "heartbeat_interval = 1e3",
            "heartbeat_interval must be a number of seconds from 0.1 to 86400.0, not \"1e3\"."
        ),
        ("require_signature = maybe", "require_signature must be True or False, not \"maybe\"."),
        ("v1_build_status = old", "v1_build_status must be one of documented, legacy, not \"old\"."),
        ("log_level = LOUD", "log_level must be one of DEBUG, INFO, NOTICE, WARNING, ERROR, CRITICAL, not \"LOUD\"."),
        ("base_directory = here", "base_directory must be an absolute path or begin with ~/, unlike \"here\"."),
        (
            "master_hostname = http://m",
            "master_hostname must be a host name or an address without a port, not \"http://m\"."
        ),
        ("slaves = a,,b", "slaves must be host names separated by commas, but one of them is \"\"."),
        ("slaves = a b, c", "slaves must be host names separated by commas, but one of them is \"a b\"."),
        (
            "cors_allowed_origins_regex = (",
            "cors_allowed_origins_regex must be a regular expression, but \"(\" is none: expected ')'."
        ),
    ])
    func `A bad value is refused with what would be right`(line: String, sentence: String) throws {
        #expect(try faults("[general]\nsecret = 0123456789\n\(line)\n") == ["line 3: \(sentence)"])
    }

    @Test func `A key that resembles no other lists the known ones`() throws {
        let found = try faults("[slave]\nzzz = 1\n[general]\nsecret = 0123456789\n")
        #expect(
            found.first?.hasPrefix("line 2: There is no key \"zzz\" in [slave]; its keys are authenticate_reads, ")
                == true
        )
        #expect(found.first?.contains("num_executors") == true)
        #expect(found.first?.contains("v1_build_status") == false)
        #expect(
            try faults("[zzzzzz]\n") == [
                "line 1: There is no section [zzzzzz]; the sections are [general], [master], [slave], [notify]."
            ]
        )
    }

    @Test func `The secret stands in general only`() throws {
        #expect(
            try faults("[master]\nsecret = 0123456789\n[general]\nsecret = 0123456789\n")
                == ["line 2: The key \"secret\" does not belong in [master], but in [general]."]
        )
    }

    @Test(arguments: [
        "secret = hunter2", "secret =", "secret = 'a','hunter2'", "secret = \"hunter2", "secrt = hunter2",
    ])
    func `A bad secret is refused and never shown`(line: String) throws {
        let found = try faults("[general]\n\(line)\n").joined(separator: "\n")
        #expect(found.hasPrefix("line 2: "))
        #expect(!found.contains("hunter2"))
    }

    @Test func `A secret of seven characters is too short, one of eight is not`() throws {
        #expect(
            try faults("[general]\nsecret = 1234567\n") == ["line 2: secret must have at least 8 characters, not 7."]
        )
        #expect(try faults("[general]\nsecret = 12345678\n") == [])
        #expect(
            try faults("", environment: ["CLUSTERRUNNER_SECRET": "1234567"])
                == ["CLUSTERRUNNER_SECRET must have at least 8 characters, not 7."]
        )
    }

    @Test func `Bad flags are named as they are typed, all at once`() throws {
        let file = try scratch.write("[general]\nsecret = 0123456789\n", to: "good.conf")
        let loaded = try ConfigurationLoader(file: file, environment: [:]).load()
        let keys = SlaveConfiguration.keys
        let flags: SettingFlags = [
            keys.numExecutors: "many", keys.port: "x", keys.masterPort: "70000",
            GeneralConfiguration.keys.eventlogFilename: "", GeneralConfiguration.keys.slaves: nil,
        ]
        #expect(
            refusal { _ = try loaded.slave(flags: flags) } == """
                --eventlog-file has no value; give one, or remove the line to have the default.
                --master-url must be a whole number from 1 to 65535, not "70000".
                --num-executors must be a whole number from 1 to 4096, not "many".
                --port must be a whole number from 0 to 65535, not "x".
                """
        )
        #expect(
            refusal { _ = try loaded.master(flags: [keys.numExecutors: "2"]) }
                == "The key num_executors has no meaning for [master]."
        )
    }
}
