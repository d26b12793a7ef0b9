import ClusterRunnerFiles
import ClusterRunnerPlugin
import Logging
import Testing

@testable import ClusterRunnerCommands

@Suite struct ConfigurationLoaderTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func load(_ text: String, environment: [String: String] = [:]) throws -> LoadedConfiguration {
        let file = try scratch.write("[general]\nsecret = 0123456789\n" + text, to: "test.conf")
        return try ConfigurationLoader(
            file: file,
            environment: environment.merging(["HOME": "/home/someone"]) { own, _ in own }
        ).load()
    }

    @Test func `Without any entry the defaults hold`() throws {
        let loaded = try load("")
        let master = try loaded.master()
        let slave = try loaded.slave()
        #expect(master.port == 43_000)
        #expect(master.v1BuildStatus == .documented)
        #expect(!master.requireSignature)
        #expect(!master.authenticateReads)
        #expect(master.unresponsiveSlavesCleanupInterval == .seconds(10))
        #expect(slave.port == 43_001)
        #expect(slave.executorCount == 1)
        #expect(slave.name == GeneralConfiguration.systemHostname())
        #expect(slave.masterHostname == "localhost")
        #expect(slave.masterPort == 43_000)
        #expect(slave.heartbeatInterval == .seconds(3))
        #expect(slave.heartbeatFailureThreshold == 200)
        #expect(slave.maxConsoleMB == 64)
        #expect(master.general == slave.general)
    }

    @Test func `The defaults of general are those of 1 x`() throws {
        let general = try load("").general()
        #expect(general.secret == (try Secret("0123456789")))
        #expect(general.baseDirectory == "/home/someone/.clusterrunner")
        #expect(general.buildSymlinkDirectory == "/tmp/clusterrunner_build_symlinks")
        #expect(general.logLevel == .warning)
        #expect(general.logFile == "/home/someone/.clusterrunner/clusterrunner.log")
        #expect(general.maxLogFileSize == 52_428_800)
        #expect(general.eventLog == .file("/home/someone/.clusterrunner/eventlog.log"))
        #expect(!general.hostname.isEmpty)
        #expect(general.slaves == ["localhost"])
        #expect(general.git == GitSettings())
        #expect(general.corsAllowedOriginsRegex == nil)
        #expect(general.getProjectFromMaster)
        #expect(general.defaultHTTPTimeout == .seconds(30))
        #expect(general.tls == nil)
    }

    @Test func `Every key reaches its field`() throws {
        let loaded = try load(
            """
            base_directory = ~/data/
            build_symlink_directory = /links
            hostname = me.example
            slaves = a.example, "b.example"
            log_level = critical
            log_filename = logs/cr.log
            max_log_file_size = 4096
            eventlog_filename = /var/log/events
            default_http_timeout = 2.5
            git_strict_host_key_checking = yes
            get_project_from_master = off
            cors_allowed_origins_regex = "^https://(a|b),c$"
            https_cert_file = /tls/cert.pem
            https_key_file = ~/key.pem
            https_ca_file = /tls/ca.pem
            [master]
            port = 1
            v1_build_status = legacy
            require_signature = True
            authenticate_reads = 1
            unresponsive_slaves_cleanup_interval = 4
            [slave]
            port = 0
            num_executors = 8
            slave_name = build-07
            master_hostname = master.example
            master_port = 65535
            heartbeat_interval = 0.5
            heartbeat_failure_threshold = 3
            max_console_mb = 0
            """
        )
        let general = try loaded.general()
        #expect(general.baseDirectory == "/home/someone/data")
        #expect(general.buildSymlinkDirectory == "/links")
        #expect(general.hostname == "me.example")
        #expect(general.slaves == ["a.example", "b.example"])
        #expect(general.logLevel == .critical)
        #expect(general.logFile == "/home/someone/data/logs/cr.log")
        #expect(general.maxLogFileSize == 4_096)
        #expect(general.eventLog == .file("/var/log/events"))
        #expect(general.defaultHTTPTimeout == .milliseconds(2_500))
        #expect(general.git.strictHostKeyChecking)
        #expect(!general.getProjectFromMaster)
        #expect(general.corsAllowedOriginsRegex == "^https://(a|b),c$")
        #expect(general.tls == .init(certificate: "/tls/cert.pem", key: "/home/someone/key.pem"))
        #expect(general.trustedCertificates == "/tls/ca.pem")
        let master = try loaded.master()
        #expect(master.port == 1)
        #expect(master.v1BuildStatus == .legacy)
        #expect(master.requireSignature)
        #expect(master.authenticateReads)
        #expect(master.unresponsiveSlavesCleanupInterval == .seconds(4))
        let slave = try loaded.slave()
        #expect(slave.port == 0)
        #expect(slave.executorCount == 8)
        #expect(slave.name == "build-07")
        #expect(slave.masterHostname == "master.example")
        #expect(slave.masterPort == 65_535)
        #expect(slave.heartbeatInterval == .milliseconds(500))
        #expect(slave.heartbeatFailureThreshold == 3)
        #expect(slave.maxConsoleMB == 0)
    }

    @Test func `A flag comes before the environment, that before the section, that before general`() throws {
        let general = "port = 1\nlog_level = INFO\n"
        let section = "[master]\nport = 2\nlog_level = ERROR\n"
        let environment = ["CLUSTERRUNNER_MASTER_PORT": "3"]
        let port = MasterConfiguration.keys.port
        #expect(try load(general).master().port == 1)
        #expect(try load(general + section).master().port == 2)
        #expect(try load(general + section, environment: environment).master().port == 3)
        #expect(try load(general + section, environment: environment).master(flags: [port: "4"]).port == 4)
        #expect(try load(general + section, environment: environment).slave().port == 1)
        #expect(try load(general + section).master().general.logLevel == .error)
        #expect(try load(general + section).slave().general.logLevel == .info)
        #expect(try load(general + section).general().logLevel == .info)
    }

    @Test func `The port of the master is not the master_port of a slave`() throws {
        let loaded = try load(
            "",
            environment: ["CLUSTERRUNNER_MASTER_PORT": "5", "CLUSTERRUNNER_SLAVE_MASTER_PORT": "6"]
        )
        #expect(try loaded.master().port == 5)
        #expect(try loaded.slave().masterPort == 6)
    }

    @Test func `The port and the host of the master in the environment hold for clients and slaves, too`() throws {
        let environment = ["CLUSTERRUNNER_MASTER_PORT": "5", "CLUSTERRUNNER_MASTER_HOSTNAME": "builds.example"]
        let loaded = try load("[slave]\nmaster_port = 9\n", environment: environment)
        #expect(try loaded.slave().masterPort == 5)
        #expect(try loaded.slave().masterHostname == "builds.example")
        #expect(try loaded.master().port == 5)
        #expect(try loaded.master().general.hostname == "builds.example")
        #expect(loaded.isConfigured(SlaveConfiguration.keys.masterPort, for: .slave))
        #expect(try !load("").isConfigured(SlaveConfiguration.keys.masterPort, for: .slave))
    }

    @Test func `A variable may name the section that it is for, as the file does`() throws {
        let environment = [
            "CLUSTERRUNNER_LOG_LEVEL": "ERROR", "CLUSTERRUNNER_SLAVE_LOG_LEVEL": "NOTICE",
            "CLUSTERRUNNER_NUM_EXECUTORS": "3",
        ]
        let loaded = try load("[master]\nlog_level = DEBUG\n", environment: environment)
        #expect(try loaded.slave().general.logLevel == .notice)
        #expect(try loaded.slave().executorCount == 3)
        #expect(try loaded.master().general.logLevel == .error)
    }

    @Test func `An empty variable is not set, and those of jobs and of other programs are ignored`() throws {
        let environment = [
            "CLUSTERRUNNER_MASTER_PORT": "", "CLUSTERRUNNER_BUILD_ID": "7", "CLUSTERRUNNER_SUBJOB_ID": "1",
            "CLUSTERRUNNER_JOB_NAME": "Unit", "CLUSTERRUNNER_MASTER_URL": "host:1", "CLUSTERRUNNER_NONSENSE": "",
            "CLUSTERRUNNERS": "2",
        ]
        #expect(try load("", environment: environment).master().port == 43_000)
    }

    @Test func `An unknown variable is refused with the nearest name`() throws {
        #expect(
            refusal { _ = try load("", environment: ["CLUSTERRUNNER_MASTR_PORT": "1"]) }
                == "The environment variable CLUSTERRUNNER_MASTR_PORT sets nothing; did you mean "
                + "CLUSTERRUNNER_MASTER_PORT?"
        )
        #expect(
            refusal { _ = try load("", environment: ["CLUSTERRUNNER_FOO": "1"]) }
                == "The environment variable CLUSTERRUNNER_FOO sets nothing; the names are "
                + "CLUSTERRUNNER_<KEY>, CLUSTERRUNNER_MASTER_<KEY>, CLUSTERRUNNER_SLAVE_<KEY> and "
                + "CLUSTERRUNNER_NOTIFY_<KEY>, with the keys of the configuration file."
        )
    }

    @Test func `A bad variable that sets two keys is one fault`() throws {
        #expect(
            refusal { _ = try load("", environment: ["CLUSTERRUNNER_MASTER_PORT": "x"]) }
                == "CLUSTERRUNNER_MASTER_PORT must be a whole number from 0 to 65535, not \"x\"."
        )
    }

    @Test func `None is no value for keys without a default, as in 1 x`() throws {
        let text = "https_cert_file = None\nhttps_key_file = None\ncors_allowed_origins_regex = None\nhostname = None\n"
        let general = try load(text).general()
        #expect(general.tls == nil)
        #expect(general.corsAllowedOriginsRegex == nil)
        #expect(!general.hostname.isEmpty && general.hostname != "None")
        let over = try load("hostname = a.example\n", environment: ["CLUSTERRUNNER_HOSTNAME": "None"])
        #expect(try over.general().hostname == general.hostname)
    }

    @Test func `Addresses are written with and without brackets`() throws {
        #expect(try load("").general().bindAddress == "::")
        #expect(try load("bind = [::1]\nhostname = ::1\n").general().bindAddress == "::1")
        #expect(try load("hostname = [fe80::1]\n").general().hostname == "fe80::1")
        #expect(
            refusal { _ = try load("hostname = host:43000\n") }?.hasSuffix(
                "hostname must be a host name or an address without a port, not \"host:43000\"."
            ) == true
        )
    }

    @Test func `Lists in flags and variables are separated by commas, other texts are taken as they are`() throws {
        let environment = ["CLUSTERRUNNER_SLAVES": "a, b,c", "CLUSTERRUNNER_CORS_ALLOWED_ORIGINS_REGEX": "\"x\" #y"]
        let general = try load("", environment: environment).general()
        #expect(general.slaves == ["a", "b", "c"])
        #expect(general.corsAllowedOriginsRegex == "\"x\" #y")
        #expect(try load("").general(flags: [GeneralConfiguration.keys.slaves: "d,e"]).slaves == ["d", "e"])
    }

    @Test func `A relative path of a flag begins in the current directory`() throws {
        let keys = GeneralConfiguration.keys
        let general = try load("").general(flags: [keys.eventlogFilename: "my/events", keys.baseDirectory: "here"])
        let current = try ConfigurationLoader.currentDirectory()
        #expect(general.eventLog == .file(current + "/my/events"))
        #expect(general.baseDirectory == current + "/here")
    }

    @Test func `Others are trusted by https_ca_file, which needs no key, else by the own certificate`() throws {
        let own = "https_cert_file = /c.pem\nhttps_key_file = /k.pem\n"
        #expect(try load(own).general().trustedCertificates == "/c.pem")
        #expect(try load(own + "https_ca_file = /ca.pem").general().trustedCertificates == "/ca.pem")
        let client = try load("https_ca_file = /ca.pem").general()
        #expect(client.trustedCertificates == "/ca.pem")
        #expect(client.tls == nil)
        #expect(try load("").general().trustedCertificates == nil)
    }

    @Test func `HTTPS needs certificate and key`() throws {
        let certificate = try load("https_cert_file = /c.pem")
        #expect(
            refusal { _ = try certificate.general() }
                == "https_cert_file is /c.pem, but https_key_file is not set; HTTPS needs both."
        )
        let key = try load("https_key_file = /k.pem")
        #expect(
            refusal { _ = try key.master() }
                == "https_key_file is /k.pem, but https_cert_file is not set; HTTPS needs both."
        )
    }
}
