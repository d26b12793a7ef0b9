import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// Subjobs and atoms.
extension MasterRoutes {
    var subjobRoutes: [Route] {
        [
            .get("build/{build_id}/subjob", childRoutes: ["subjob": "/v1/build/[build_id]/subjob/[subjob_id]"]) {
                try await listSubjobs($0)
            },
            .get("build/{build_id}/subjob/{subjob_id}", childRoutes: Self.subjobChildRoutes) { request in
                let build = try await build(request)
                let subjob = try await subjob(request, of: build)
                let atoms = try await store.atoms(AtomQuery(build: build.id, subjobs: subjob.id...subjob.id))
                let command = build.job?.command ?? ""
                return try request.respond(SubjobAnswer(SubjobRepresentation(subjob, atoms: atoms, command: command)))
            },
            .get("build/{build_id}/subjob/{subjob_id}/result", childRoutes: [:]) { request in
                try redirectToArchive(of: try await build(request), request)
            },
            .get("build/{build_id}/subjob/{subjob_id}/atom", childRoutes: Self.atomListChildRoutes) { request in
                let subjob = try await subjob(request, of: try await build(request))
                let query = AtomQuery(build: subjob.buildID, subjobs: subjob.id...subjob.id, page: try request.page())
                let atoms = try await store.atoms(query).map { AtomRepresentation($0, in: subjob) }
                return try request.respond(AtomsAnswer(atoms))
            },
            .get("build/{build_id}/subjob/{subjob_id}/atom/{atom_id}", childRoutes: Self.atomChildRoutes) { request in
                let subjob = try await subjob(request, of: try await build(request))
                let atom = try await atom(request, of: subjob)
                let runs = AttemptRepresentation.list(atom, earlier: try await attempts(of: atom))
                return try request.respond(AtomAnswer(AtomRepresentation(atom, in: subjob, runs: runs)))
            },
        ]
    }

    /// Reads the runs of an atom that do not count, oldest first, with their outputs.
    func attempts(of atom: AtomRecord) async throws -> [AttemptRecord] {
        guard atom.mayHaveEarlierRuns else { return [] }
        let subjobs = atom.subjobID...atom.subjobID
        return try await store.attempts(build: atom.buildID, subjobs: subjobs, withConsole: true)
            .filter { $0.atomID == atom.id }
    }

    private static let subjobChildRoutes = [
        "atoms": "/v1/build/[build_id]/subjob/[subjob_id]/atom",
        "result": "/v1/build/[build_id]/subjob/[subjob_id]/result",
    ]
    private static let atomListChildRoutes = ["atom": "/v1/build/[build_id]/subjob/[subjob_id]/atom/[atom_id]"]
    private static let atomChildRoutes = [
        "console": "/v1/build/[build_id]/subjob/[subjob_id]/atom/[atom_id]/console"
    ]

    private func listSubjobs(_ request: RouteRequest) async throws -> Response {
        let build = try await build(request)
        let subjobs = try await store.subjobs(build: build.id, page: try request.page())
        var atoms: [SubjobID: [AtomRecord]] = [:]
        if let first = subjobs.first, let last = subjobs.last {
            let query = AtomQuery(build: build.id, subjobs: first.id...last.id)
            atoms = Dictionary(grouping: try await store.atoms(query), by: \.subjobID)
        }
        let command = build.job?.command ?? ""
        let listed = subjobs.map { SubjobRepresentation($0, atoms: atoms[$0.id] ?? [], command: command) }
        return try request.respond(SubjobsAnswer(listed))
    }

    func subjob(_ request: RouteRequest, of build: BuildRecord) async throws -> SubjobRecord {
        let id: SubjobID = try request.id("subjob_id")
        guard let subjob = try await store.subjob(build: build.id, id: id) else {
            throw ClusterRunnerError(.notFound, "Invalid subjob id: \(id). Build \(build.id) has no such subjob.")
        }
        return subjob
    }

    func atom(_ request: RouteRequest, of subjob: SubjobRecord) async throws -> AtomRecord {
        let id: AtomIndex = try request.id("atom_id")
        guard let atom = try await store.atom(build: subjob.buildID, subjob: subjob.id, id: id) else {
            throw ClusterRunnerError(.notFound, "Invalid atom id: \(id). Subjob \(subjob.id) has no such atom.")
        }
        return atom
    }
}
