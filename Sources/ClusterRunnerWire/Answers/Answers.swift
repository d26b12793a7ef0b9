package import ClusterRunnerDomain
package import ClusterRunnerPlugin

// The members of the REST API's answers, beside `STATUS` and `child_routes`, which all have.

// MARK: Builds

/// An answer with one build.
package struct BuildAnswer: Codable, Sendable, Equatable {
    /// The build.
    package let build: BuildRepresentation

    /// Creates an answer.
    package init(_ build: BuildRepresentation) {
        self.build = build
    }
}

/// An answer with a list of builds.
package struct BuildsAnswer: Codable, Sendable, Equatable {
    /// The builds, oldest first.
    package let builds: [BuildRepresentation]

    /// Creates an answer.
    package init(_ builds: [BuildRepresentation]) {
        self.builds = builds
    }
}

/// An answer with the builds that are not finished.
package struct QueueAnswer: Codable, Sendable, Equatable {
    /// The builds, oldest first.
    package let queue: [BuildRepresentation]

    /// Creates an answer.
    package init(_ queue: [BuildRepresentation]) {
        self.queue = queue
    }
}

/// The answer to a request for a build.
package struct BuildCreatedAnswer: Codable, Sendable, Equatable {
    /// The build.
    package let id: BuildID
    /// Whether it is a running one that the request has joined; nil for a new one.
    @Omissible package var joined: Bool?

    private enum CodingKeys: String, CodingKey {
        case id = "build_id"
        case joined
    }

    /// Creates an answer.
    package init(_ id: BuildID, joined: Bool = false) {
        self.id = id
        _joined = Omissible(wrappedValue: joined ? true : nil)
    }
}

/// An answer in words.
package struct MessageAnswer: Codable, Sendable, Equatable {
    /// A sentence.
    package let message: String

    /// Creates an answer.
    package init(_ message: String) {
        self.message = message
    }
}

/// The answer to a request that failed.
package struct FailureAnswer: Codable, Sendable, Equatable {
    /// The reason, in one sentence.
    package let error: String

    /// Creates an answer.
    package init(_ error: String) {
        self.error = error
    }
}

// MARK: Subjobs and atoms

/// An answer with one subjob.
package struct SubjobAnswer: Codable, Sendable, Equatable {
    /// The subjob.
    package let subjob: SubjobRepresentation

    /// Creates an answer.
    package init(_ subjob: SubjobRepresentation) {
        self.subjob = subjob
    }
}

/// An answer with a list of subjobs.
package struct SubjobsAnswer: Codable, Sendable, Equatable {
    /// The subjobs, in their order.
    package let subjobs: [SubjobRepresentation]

    /// Creates an answer.
    package init(_ subjobs: [SubjobRepresentation]) {
        self.subjobs = subjobs
    }
}

/// An answer with one atom.
package struct AtomAnswer: Codable, Sendable, Equatable {
    /// The atom, with its runs.
    package let atom: AtomRepresentation

    /// Creates an answer.
    package init(_ atom: AtomRepresentation) {
        self.atom = atom
    }
}

/// An answer with a list of atoms.
package struct AtomsAnswer: Codable, Sendable, Equatable {
    /// The atoms, in their order.
    package let atoms: [AtomRepresentation]

    /// Creates an answer.
    package init(_ atoms: [AtomRepresentation]) {
        self.atoms = atoms
    }
}

/// An answer with a page of a build's test cases.
package struct CasesAnswer: Codable, Sendable, Equatable {
    /// The cases.
    package let cases: [CaseRepresentation]
    /// The number of cases on all pages.
    package let total: Int

    private enum CodingKeys: String, CodingKey {
        case cases
        case total = "total_num_cases"
    }

    /// Creates an answer.
    package init(_ found: FoundCases) {
        cases = found.cases.map { CaseRepresentation($0) }
        total = found.total
    }
}

/// An answer with one test case over the builds of its job.
package struct CaseHistoryAnswer: Codable, Sendable, Equatable {
    /// The case.
    package let testCase: CaseHistoryRepresentation

    private enum CodingKeys: String, CodingKey {
        case testCase = "case"
    }

    /// Creates an answer.
    package init(_ history: CaseHistory) {
        testCase = CaseHistoryRepresentation(history)
    }
}

/// An answer with lines of an atom's output.
package struct ConsoleAnswer: Codable, Sendable, Equatable {
    /// The text.
    package let content: String
    /// The number of its first line, from 0 on.
    package let offset: Int
    /// The number of lines.
    package let lines: Int
    /// The number of lines that there are in all, now.
    package let total: Int

    private enum CodingKeys: String, CodingKey {
        case content
        case lines = "num_lines"
        case offset = "offset_line"
        case total = "total_num_lines"
    }

    /// Creates an answer.
    package init(content: String, offset: Int, lines: Int, total: Int) {
        self.content = content
        self.offset = offset
        self.lines = lines
        self.total = total
    }
}

/// An answer with the lines of an output that have a text.
package struct ConsoleSearchAnswer: Codable, Sendable, Equatable {
    /// The lines.
    package let lines: [Line]
    /// The line from which the search goes on; nil at the end of the output.
    package let next: Int?

    private enum CodingKeys: String, CodingKey {
        case lines
        case next = "next_offset_line"
    }

    /// Creates an answer.
    package init(lines: [Line], next: Int?) {
        self.lines = lines
        self.next = next
    }

    /// A line of an output.
    package struct Line: Codable, Sendable, Equatable {
        /// The line's number, from 0 on.
        package let line: Int
        /// The text.
        package let content: String

        /// Creates a line.
        package init(line: Int, content: String) {
            self.line = line
            self.content = content
        }
    }
}

// MARK: Slaves

/// An answer with one slave.
package struct SlaveAnswer: Codable, Sendable, Equatable {
    /// The slave.
    package let slave: SlaveRepresentation

    /// Creates an answer.
    package init(_ slave: SlaveRepresentation) {
        self.slave = slave
    }
}

/// An answer with a list of slaves.
package struct SlavesAnswer: Codable, Sendable, Equatable {
    /// The slaves.
    package let slaves: [SlaveRepresentation]

    /// Creates an answer.
    package init(_ slaves: [SlaveRepresentation]) {
        self.slaves = slaves
    }
}

/// The answer of a slave about itself.
package struct SlaveSelfAnswer: Codable, Sendable, Equatable {
    /// The slave.
    package let slave: SlaveSelfRepresentation

    /// Creates an answer.
    package init(_ slave: SlaveSelfRepresentation) {
        self.slave = slave
    }
}

/// An answer with one executor of a slave.
package struct ExecutorAnswer: Codable, Sendable, Equatable {
    /// The executor.
    package let executor: ExecutorRepresentation

    /// Creates an answer.
    package init(_ executor: ExecutorRepresentation) {
        self.executor = executor
    }
}

/// An answer with the executors of a slave.
package struct ExecutorsAnswer: Codable, Sendable, Equatable {
    /// The executors, by their number.
    package let executors: [ExecutorRepresentation]

    /// Creates an answer.
    package init(_ executors: [ExecutorRepresentation]) {
        self.executors = executors
    }
}

// MARK: Events and history

/// An answer with events; what an event happened to is open.
package struct EventsAnswer: Codable, Sendable, Equatable {
    /// The events, each an ``EventRepresentation``.
    package let events: [JSONValue]

    /// Creates an answer.
    package init(_ events: [JSONValue]) {
        self.events = events
    }
}

/// An answer with a list of jobs.
package struct JobsAnswer: Codable, Sendable, Equatable {
    /// The jobs.
    package let jobs: [JobRepresentation]

    /// Creates an answer.
    package init(_ jobs: [JobRepresentation]) {
        self.jobs = jobs
    }
}

// MARK: Service

/// The answer of a master about itself.
package struct ServiceAnswer: Codable, Sendable, Equatable {
    /// The master.
    package let master: ServiceRepresentation

    /// Creates an answer.
    package init(_ master: ServiceRepresentation) {
        self.master = master
    }
}

/// An answer with the version of a service.
package struct VersionAnswer: Codable, Sendable, Equatable {
    /// The version of ClusterRunner.
    package let version: String
    /// The version of the API that answers.
    package let apiVersion: Int

    private enum CodingKeys: String, CodingKey {
        case apiVersion = "api_version"
        case version
    }

    /// Creates an answer.
    package init(version: String, apiVersion: Int) {
        self.version = version
        self.apiVersion = apiVersion
    }
}

/// An answer with the health of a service.
package struct HealthAnswer: Codable, Sendable, Equatable {
    /// The health.
    package let health: HealthRepresentation
    /// The reason why it is not ready.
    @Omissible package var error: String?

    /// Creates an answer.
    package init(health: HealthRepresentation, error: String? = nil) {
        self.health = health
        _error = Omissible(wrappedValue: error)
    }
}

/// An answer with the project types.
package struct ProjectTypesAnswer: Codable, Sendable, Equatable {
    /// The project types.
    package let projectTypes: [ProjectTypeRepresentation]
    /// The project types that cannot be used.
    package let unavailable: [Unavailable]

    /// A project type that cannot be used.
    package struct Unavailable: Codable, Sendable, Equatable {
        /// The name that requests give as `type`.
        package let name: String
        /// The reason, in one sentence.
        package let reason: String
    }

    private enum CodingKeys: String, CodingKey {
        case projectTypes = "project_types"
        case unavailable
    }

    /// Shows the types of a registry.
    package init(_ registry: ProjectTypeRegistry) {
        projectTypes = registry.all.map { ProjectTypeRepresentation($0) }
        unavailable = registry.unavailable.map { Unavailable(name: $0.name, reason: $0.reason) }
    }
}
