package import ClusterRunnerDomain
package import Foundation

/// `POST /v1/slave`: the registration of a slave.
package struct SlaveRegistration: Sendable, Equatable, Codable {
    /// `host:port` of the slave's own API.
    package let slave: String
    /// Number of its executors.
    package let numExecutors: Int
    /// The run of the slave process, a UUID.
    package let sessionID: String
    /// The name of the slave for people, which others may have too; nil without one.
    package var name: String?
    /// The version of its program; nil when it does not say.
    package var version: String?
    /// The work that it still holds; nil when it is idle.
    package var hold: HeldBuild?
    /// The token of an earlier registration of this session; nil without one.
    package var token: String?

    private enum CodingKeys: String, CodingKey {
        case slave, name, version, hold, token
        case numExecutors = "num_executors"
        case sessionID = "session_id"
    }

    /// Creates a registration.
    package init(
        slave: String,
        numExecutors: Int,
        sessionID: String,
        name: String? = nil,
        version: String? = nil,
        hold: HeldBuild? = nil,
        token: String? = nil
    ) {
        self.slave = slave
        self.numExecutors = numExecutors
        self.sessionID = sessionID
        self.name = name
        self.version = version
        self.hold = hold
        self.token = token
    }
}

/// The answer to a registration.
package struct SlaveWelcome: Sendable, Equatable, Codable {
    /// The slave.
    package let slaveID: SlaveID
    /// The leases of the slave that are no longer valid: it must stop their work.
    package let lostLeases: [LeaseID]
    /// Seconds of silence after which the slave is given up.
    package let silenceLimit: Double
    /// The proof of this registration, which every message of the slave carries in ``HeaderName/slaveToken``.
    package let token: String

    private enum CodingKeys: String, CodingKey {
        case token
        case slaveID = "slave_id"
        case lostLeases = "lost_leases"
        case silenceLimit = "silence_limit"
    }

    /// Creates a welcome.
    package init(slaveID: SlaveID, lostLeases: [LeaseID], silenceLimit: Double, token: String) {
        self.slaveID = slaveID
        self.lostLeases = lostLeases
        self.silenceLimit = silenceLimit
        self.token = token
    }
}

/// The answer to `POST /v1/slave/I/heartbeat`, a ``SlaveHeartbeat``.
package struct HeartbeatAnswer: Sendable, Equatable, Codable {
    /// The leases that are no longer valid: the slave must stop their work.
    package let lostLeases: [LeaseID]

    private enum CodingKeys: String, CodingKey {
        case lostLeases = "lost_leases"
    }

    /// Creates an answer.
    package init(lostLeases: [LeaseID]) {
        self.lostLeases = lostLeases
    }

    /// The fault of the heartbeat, a sentence; nil without one.
    package var objection: String? {
        guard !lostLeases.isEmpty else { return nil }
        let list = lostLeases.map(String.init).joined(separator: ", ")
        return "The slave no longer holds anything under \(lostLeases.count == 1 ? "lease" : "leases") \(list)."
    }
}

/// `POST /v1/slave/I/setup`: the end of a set-up, successful or not.
package struct SetupReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// The reason of a failure, with the output of the failed command; nil when the slave is ready.
    package let failure: String?
    /// The commands of the set-up.
    package let commands: [CommandRun]

    /// Creates a report.
    package init(build: BuildID, failure: String?, commands: [CommandRun] = []) {
        self.build = build
        self.failure = failure
        self.commands = commands
    }

    /// Decodes a report; `commands` is optional.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decode(BuildID.self, forKey: .build)
        failure = try container.decodeIfPresent(String.self, forKey: .failure)
        commands = try container.decodeIfPresent([CommandRun].self, forKey: .commands) ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case build, failure, commands
    }

    /// Encodes a report; empty `commands` are omitted.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(build, forKey: .build)
        try container.encodeIfPresent(failure, forKey: .failure)
        if !commands.isEmpty { try container.encode(commands, forKey: .commands) }
    }
}

/// `POST /v1/slave/I/console`: further output of a running atom.
package struct ConsoleReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// The atom.
    package let claim: LeasedAtom
    /// The number of bytes of the output before these.
    package let offset: Int
    /// The bytes; in JSON as base64.
    package let bytes: Data

    /// Creates a report.
    package init(build: BuildID, claim: LeasedAtom, offset: Int, bytes: Data) {
        self.build = build
        self.claim = claim
        self.offset = offset
        self.bytes = bytes
    }
}

/// `POST /v1/slave/I/command`: further output of a running set-up or teardown.
package struct CommandReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// The kind of the command.
    package let kind: CommandRun.Kind
    /// The command.
    package let command: String
    /// Seconds since its start.
    package let age: Double
    /// The number of bytes of the output before these.
    package let offset: Int
    /// The bytes, possibly none; in JSON as base64.
    package let bytes: Data

    /// Creates a report.
    package init(build: BuildID, kind: CommandRun.Kind, command: String, age: Double, offset: Int, bytes: Data) {
        self.build = build
        self.kind = kind
        self.command = command
        self.age = age
        self.offset = offset
        self.bytes = bytes
    }
}

/// The answer to a report of further output.
package struct ConsoleReceipt: Sendable, Equatable, Codable {
    /// The number of bytes of the output that the master has, the offset of the next report.
    package let length: Int

    /// Creates a receipt.
    package init(length: Int) {
        self.length = length
    }
}

/// The answer to `PUT /v1/slave/I/upload/NAME`.
package struct UploadAnswer: Sendable, Equatable, Codable {
    /// Sentences about files that could not be unpacked, by the directory of their atom; nil without any.
    package let notes: [String: [String]]?

    /// Creates an answer.
    package init(notes: [String: [String]]?) {
        self.notes = notes
    }
}

/// `POST /v1/slave/I/results`: the results of finished atoms, and atoms that are given back.
package struct ResultsReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// The upload with the artifacts of the reports that have some; nil when none has.
    package let upload: String?
    /// The outcomes.
    package let reports: [AtomReport]
    /// The answers to requests for atoms: those that the slave had not begun and will not run.
    package let returned: [LeaseAtoms]

    /// Creates a report.
    package init(build: BuildID, upload: String?, reports: [AtomReport], returned: [LeaseAtoms] = []) {
        self.build = build
        self.upload = upload
        self.reports = reports
        self.returned = returned
    }

    /// Decodes a report; `returned` is optional.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decode(BuildID.self, forKey: .build)
        upload = try container.decodeIfPresent(String.self, forKey: .upload)
        reports = try container.decode([AtomReport].self, forKey: .reports)
        returned = try container.decodeIfPresent([LeaseAtoms].self, forKey: .returned) ?? []
    }
}

/// `POST /v1/slave/I/teardown`: the end of a teardown, after which the slave is idle.
package struct TeardownReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// The commands of the build, except its atoms and those already reported.
    package let commands: [CommandRun]

    /// Creates a report.
    package init(build: BuildID, commands: [CommandRun] = []) {
        self.build = build
        self.commands = commands
    }

    /// Decodes a report; `commands` is optional.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decode(BuildID.self, forKey: .build)
        commands = try container.decodeIfPresent([CommandRun].self, forKey: .commands) ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case build, commands
    }

    /// Encodes a report; empty `commands` are omitted.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(build, forKey: .build)
        if !commands.isEmpty { try container.encode(commands, forKey: .commands) }
    }
}
