package import ClusterRunnerDomain
package import Foundation

/// `POST /v1/slave`: a slave offers itself.
package struct SlaveRegistration: Sendable, Equatable, Codable {
    /// `host:port` of the slave's own API.
    package let slave: String
    /// How many atoms it runs at a time.
    package let numExecutors: Int
    /// The run of the slave process, a UUID.
    package let sessionID: String
    /// What it works on; nil when it is idle.
    package var hold: HeldBuild?
    /// The token of an earlier registration of this session; nil when there was none.
    package var token: String?

    private enum CodingKeys: String, CodingKey {
        case slave, hold, token
        case numExecutors = "num_executors"
        case sessionID = "session_id"
    }

    /// Creates a registration.
    package init(
        slave: String,
        numExecutors: Int,
        sessionID: String,
        hold: HeldBuild? = nil,
        token: String? = nil
    ) {
        self.slave = slave
        self.numExecutors = numExecutors
        self.sessionID = sessionID
        self.hold = hold
        self.token = token
    }
}

/// The answer to a registration.
package struct SlaveWelcome: Sendable, Equatable, Codable {
    /// The slave's number.
    package let slaveID: Int
    /// The leases that it holds and that count no more: it must stop that work.
    package let lostLeases: [LeaseID]
    /// After how many seconds without a sign of life the slave is given up.
    package let silenceLimit: Double
    /// The proof of this registration: every message of the slave has it in ``HeaderName/slaveToken``.
    package let token: String

    private enum CodingKeys: String, CodingKey {
        case token
        case slaveID = "slave_id"
        case lostLeases = "lost_leases"
        case silenceLimit = "silence_limit"
    }

    /// Creates a welcome.
    package init(slaveID: Int, lostLeases: [LeaseID], silenceLimit: Double, token: String) {
        self.slaveID = slaveID
        self.lostLeases = lostLeases
        self.silenceLimit = silenceLimit
        self.token = token
    }
}

/// The answer to `POST /v1/slave/I/heartbeat`, a ``SlaveHeartbeat``.
package struct HeartbeatAnswer: Sendable, Equatable, Codable {
    /// The leases that count no more: the slave must stop that work.
    package let lostLeases: [LeaseID]

    private enum CodingKeys: String, CodingKey {
        case lostLeases = "lost_leases"
    }

    /// Creates an answer.
    package init(lostLeases: [LeaseID]) {
        self.lostLeases = lostLeases
    }

    /// What is wrong with the heartbeat, in a sentence; nil when nothing is.
    package var objection: String? {
        guard !lostLeases.isEmpty else { return nil }
        let list = lostLeases.map(String.init).joined(separator: ", ")
        return "The slave holds nothing under \(lostLeases.count == 1 ? "lease" : "leases") \(list) any more."
    }
}

/// `POST /v1/slave/I/setup`: a slave has set a build up, or failed to.
package struct SetupReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// Why it failed, with the output of what failed; nil when it is ready.
    package let failure: String?
    /// The commands that were run for it.
    package let commands: [CommandRun]

    /// Creates a report.
    package init(build: Int, failure: String?, commands: [CommandRun] = []) {
        self.build = build
        self.failure = failure
        self.commands = commands
    }

    /// Decodes a report; `commands` may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decode(Int.self, forKey: .build)
        failure = try container.decodeIfPresent(String.self, forKey: .failure)
        commands = try container.decodeIfPresent([CommandRun].self, forKey: .commands) ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case build, failure, commands
    }

    /// Encodes a report; no commands are left out.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(build, forKey: .build)
        try container.encodeIfPresent(failure, forKey: .failure)
        if !commands.isEmpty { try container.encode(commands, forKey: .commands) }
    }
}

/// `POST /v1/slave/I/console`: more output of an atom that runs.
package struct ConsoleReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// The atom.
    package let claim: LeasedAtom
    /// How many bytes of the output came before.
    package let offset: Int
    /// The bytes; in JSON as base64.
    package let bytes: Data

    /// Creates a report.
    package init(build: Int, claim: LeasedAtom, offset: Int, bytes: Data) {
        self.build = build
        self.claim = claim
        self.offset = offset
        self.bytes = bytes
    }
}

/// `POST /v1/slave/I/command`: more output of a set-up or teardown that runs.
package struct CommandReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// What kind of command.
    package let kind: CommandRun.Kind
    /// The command.
    package let command: String
    /// How many seconds ago it began.
    package let age: Double
    /// How many bytes of the output came before.
    package let offset: Int
    /// The bytes, of which there may be none; in JSON as base64.
    package let bytes: Data

    /// Creates a report.
    package init(build: Int, kind: CommandRun.Kind, command: String, age: Double, offset: Int, bytes: Data) {
        self.build = build
        self.kind = kind
        self.command = command
        self.age = age
        self.offset = offset
        self.bytes = bytes
    }
}

/// The answer to more output.
package struct ConsoleReceipt: Sendable, Equatable, Codable {
    /// How many bytes of the output the master has: where the next report must begin.
    package let length: Int

    /// Creates a receipt.
    package init(length: Int) {
        self.length = length
    }
}

/// The answer to `PUT /v1/slave/I/upload/NAME`.
package struct UploadAnswer: Sendable, Equatable, Codable {
    /// Sentences about files that could not be unpacked, by the directory of their atom; nil when there are none.
    package let notes: [String: [String]]?

    /// Creates an answer.
    package init(notes: [String: [String]]?) {
        self.notes = notes
    }
}

/// `POST /v1/slave/I/results`: finished atoms, and atoms that are given back.
package struct ResultsReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// The upload that holds the artifacts of those reports whose result says that there are some; nil when none does.
    package let upload: String?
    /// The outcomes.
    package let reports: [AtomReport]
    /// The answers to requests for atoms: which of them the slave had not begun and will not run.
    package let returned: [LeaseAtoms]

    /// Creates a report.
    package init(build: Int, upload: String?, reports: [AtomReport], returned: [LeaseAtoms] = []) {
        self.build = build
        self.upload = upload
        self.reports = reports
        self.returned = returned
    }

    /// Decodes a report; `returned` may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decode(Int.self, forKey: .build)
        upload = try container.decodeIfPresent(String.self, forKey: .upload)
        reports = try container.decode([AtomReport].self, forKey: .reports)
        returned = try container.decodeIfPresent([LeaseAtoms].self, forKey: .returned) ?? []
    }
}

/// `POST /v1/slave/I/teardown`: a slave has torn a build down and is idle.
package struct TeardownReport: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// The commands that were run for the build, less its atoms and those that were reported before.
    package let commands: [CommandRun]

    /// Creates a report.
    package init(build: Int, commands: [CommandRun] = []) {
        self.build = build
        self.commands = commands
    }

    /// Decodes a report; `commands` may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decode(Int.self, forKey: .build)
        commands = try container.decodeIfPresent([CommandRun].self, forKey: .commands) ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case build, commands
    }

    /// Encodes a report; no commands are left out.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(build, forKey: .build)
        if !commands.isEmpty { try container.encode(commands, forKey: .commands) }
    }
}
