package import ClusterRunnerDomain

/// The JSON form: `{"kind": "run", ...}`, one object a line on the instruction stream.
extension SlaveInstruction: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind, setup, grants, build, parts
    }

    private enum Kind: String, Codable {
        case setup, run, teardown, cancel, shutdown
        case giveBack = "give_back"
        case stop
        case endTeardown = "end_teardown"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Kind.self, forKey: .kind) {
        case .setup: self = .setUp(try container.decode(BuildSetup.self, forKey: .setup))
        case .run: self = .run(try container.decode([LeaseGrant].self, forKey: .grants))
        case .giveBack:
            self = .giveBack(
                build: try container.decode(BuildID.self, forKey: .build),
                try container.decode([LeaseAtoms].self, forKey: .parts)
            )
        case .stop:
            self = .stop(
                build: try container.decode(BuildID.self, forKey: .build),
                try container.decode([LeaseAtoms].self, forKey: .parts)
            )
        case .teardown: self = .tearDown(build: try container.decode(BuildID.self, forKey: .build))
        case .cancel: self = .cancel(build: try container.decode(BuildID.self, forKey: .build))
        case .endTeardown: self = .endTeardown(build: try container.decode(BuildID.self, forKey: .build))
        case .shutdown: self = .shutDown
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .setUp(let setup):
            try container.encode(Kind.setup, forKey: .kind)
            try container.encode(setup, forKey: .setup)
        case .run(let grants):
            try container.encode(Kind.run, forKey: .kind)
            try container.encode(grants, forKey: .grants)
        case .giveBack(let build, let parts):
            try container.encode(Kind.giveBack, forKey: .kind)
            try container.encode(build, forKey: .build)
            try container.encode(parts, forKey: .parts)
        case .stop(let build, let parts):
            try container.encode(Kind.stop, forKey: .kind)
            try container.encode(build, forKey: .build)
            try container.encode(parts, forKey: .parts)
        case .tearDown(let build):
            try container.encode(Kind.teardown, forKey: .kind)
            try container.encode(build, forKey: .build)
        case .cancel(let build):
            try container.encode(Kind.cancel, forKey: .kind)
            try container.encode(build, forKey: .build)
        case .endTeardown(let build):
            try container.encode(Kind.endTeardown, forKey: .kind)
            try container.encode(build, forKey: .build)
        case .shutDown:
            try container.encode(Kind.shutdown, forKey: .kind)
        }
    }
}
