import CGit2
import ClusterRunnerPlugin
import Glibc

/// A transport on the git program, with all of the account's configuration.
///
/// Debian's releases from 10 on have git 2.20 to 2.47: features newer than 2.20 are used as configuration only, which
/// older versions ignore.
final class ProgramTransport: RemoteTransport {
    let remote: RemoteAddress
    let mirror: Mirror
    let account: AccountConfiguration
    let environment: [String: String]
    private let redaction: Redaction
    private var known: RemoteOffer?

    /// Makes a transport; nil without the git program.
    init?(to remote: RemoteAddress, mirror: Mirror) {
        let surroundings = remote.surroundings
        var environment = GitEnvironment.scrubbed(surroundings.environment, home: surroundings.homeDirectory)
        guard let account = AccountConfiguration(program: surroundings.program, environment: environment) else {
            return nil
        }
        let isStrict = remote.settings.strictHostKeyChecking
        let ssh = SSHCommand.make(
            environment: environment,
            configuration: account,
            isStrict: isStrict,
            home: SSHCommand.Home(path: surroundings.homeDirectory, systemPath: surroundings.systemHome)
        )
        if let ssh { environment["GIT_SSH_COMMAND"] = ssh }
        let credentials = URLCredentials(of: remote.url)
        (self.remote, self.mirror, self.account) = (remote, mirror, account)
        self.environment = credentials.added(to: environment)
        let proxies = surroundings.environment.filter { $0.key.lowercased().hasSuffix("_proxy") }.values
        redaction = Redaction(
            hiding: credentials.secrets + account.secrets + proxies.flatMap { Redaction.userInfo(in: $0) }
        )
    }

    func offer() throws -> RemoteOffer {
        if let known { return known }
        let output = try run(["ls-remote", "--symref", "--", remote.url.forProgram])
        let offer = try RemoteOffer(listing: output)
        known = offer
        return offer
    }

    func fetch(_ request: FetchRequest, into repository: OpaquePointer) throws {
        // Single objects would never be repacked; the pack of the first fetch is passed on to slaves unchanged.
        let isNew = try Mirror.references("*", in: repository).isEmpty
        let pack = isNew ? ["-c", "fetch.unpackLimit=1"] : []
        var options = ["--progress", "--no-recurse-submodules", "--update-shallow"]
        switch request {
        case .references, .commit: options.append("--no-prune")
        // Otherwise a deleted branch `a` would conflict with a branch `a/b`.
        case .branchesAndTags, .everything: options += ["--prune", "--no-tags"]
        }
        // Fetches the history that a formerly shallower source has by now; valid for shallow repositories only.
        if mirror.isShallow { options.append("--unshallow") }
        // It contains the remote's address, and is not read.
        defer { unlink("\(mirror.path)/FETCH_HEAD") }
        for refspecs in try refspecs(of: request) {
            _ = try run(pack + ["fetch"] + options + ["--", remote.url.forProgram], refspecs)
        }
        try Mirror.refresh(repository)
    }

    /// Returns the arguments for the fetched references, in portions that each fit into one command.
    private func refspecs(of request: FetchRequest) throws -> [[ByteString]] {
        switch request {
        case .references(let references, let tags) where references.isEmpty:
            Self.portions(tags.map { ByteString("+".utf8 + $0.name.bytes + ":".utf8 + $0.name.bytes) })
        case .references(let references, _):
            // git itself follows tags on objects that are here or arrive.
            [
                try references.map {
                    ByteString("+".utf8 + $0.name.bytes + ":\(try Mirror.tipReference(of: $0.name))".utf8)
                }
            ]
        case .commit(let id): [["+\(id):\(try Mirror.tipReference(of: ReferenceName("\(id)")))"]]
        case .branchesAndTags: [["+refs/heads/*:\(Mirror.allReferences)heads/*", "+refs/tags/*:refs/tags/*"]]
        case .everything: [["+refs/*:\(Mirror.allReferences)*"]]
        }
    }

    /// Splits arguments into portions; the system accepts two megabytes of arguments and environment.
    private static func portions(_ arguments: [ByteString], size: Int = 500_000) -> [[ByteString]] {
        var portions: [[ByteString]] = []
        var left = 0
        for argument in arguments {
            if left < argument.count {
                portions.append([])
                left = size
            }
            portions[portions.count - 1].append(argument)
            left -= argument.count + 16
        }
        return portions
    }

    /// Runs git in the mirror, with further settings.
    ///
    /// - Returns: its output.
    func run(
        _ command: [String],
        _ operands: [ByteString] = [],
        settings: [String] = [],
        isSilenceLimited: Bool = true
    ) throws -> [UInt8] {
        let settings = (configuration + settings).flatMap { ["-c", $0] }
        let arguments = [remote.surroundings.program, "--git-dir=\(mirror.path)"] + settings + command
        let limits = ChildProgram.Limits(
            silence: isSilenceLimited ? remote.surroundings.silence : nil,
            overall: remote.settings.timeout
        )
        let outcome: ChildProgram.Outcome
        do {
            outcome = try ChildProgram.run(
                arguments,
                operands: operands,
                environment: environment,
                limits: limits,
                stop: remote.stop
            )
        } catch {
            throw GitFailure(code: GIT_ERROR.rawValue, message: "git could not be run: \(systemMessage(error.code))")
        }
        switch outcome.end {
        case .exited(0): return outcome.output
        case .ended(let reason): throw failure(reason)
        case .signaled(let signal):
            throw GitFailure(code: GIT_ERROR.rawValue, message: "git was ended by the signal \(signal)")
        case .exited:
            throw GitComplaint(
                outcome.errors,
                url: remote.url,
                isStrict: remote.settings.strictHostKeyChecking,
                redaction: redaction
            ).failure
        }
    }

    private func failure(_ reason: ChildProgram.End.Reason) -> any Error {
        let message: String
        switch reason {
        case .stopped: return CancellationError()
        case .silent(let time): message = "the remote said nothing for \(time.components.seconds) seconds"
        case .late(let time): message = "it took longer than git_timeout allows, \(time.components.seconds) seconds"
        case .tooMuchOutput: message = "it lists more references than fit into 256 MB"
        }
        return GitFailure(code: GIT_ERROR.rawValue, message: message)
    }

    /// Settings that override the account's.
    private var configuration: [String] {
        var settings = [
            // The mirror is maintained here; hooks and helpers of the account are for its own repositories.
            "gc.auto=0", "maintenance.auto=false", "core.hooksPath=/dev/null", "core.fsmonitor=false",
            "fetch.writeCommitGraph=false", "fetch.showForcedUpdates=false", "submodule.recurse=false",
            "transfer.bundleURI=false", "core.askPass=", "credential.interactive=false", "color.ui=false",
        ]
        if !account.has("http", "lowspeedlimit") { settings += ["http.lowSpeedLimit=10", "http.lowSpeedTime=60"] }
        // git would send such a header to any server that it is redirected to.
        if account.has("http", "extraheader") { settings.append("http.followRedirects=false") }
        return settings + URLCredentials(of: remote.url).settings
    }
}

extension RemoteOffer {
    /// Parses the output of `git ls-remote --symref`.
    init(listing: [UInt8]) throws {
        var references: [RemoteReference] = []
        var defaultBranch: ReferenceName?
        for line in listing.split(separator: UInt8(ascii: "\n")) {
            guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
            let value = String(decoding: line[..<tab], as: UTF8.self)
            let name = ReferenceName(line[(tab + 1)...])
            if let id = ObjectID(hex: value) {
                references.append(RemoteReference(name: name, id: id))
            } else if value.hasPrefix("ref: "), name == "HEAD" {
                defaultBranch = ReferenceName(line[..<tab].dropFirst("ref: ".utf8.count))
            } else if value.utf8.count == 64 {
                throw GitFailure(code: GIT_ERROR.rawValue, message: GitComplaint.newHashes)
            }
        }
        self.init(references: references, defaultBranch: defaultBranch)
    }
}
