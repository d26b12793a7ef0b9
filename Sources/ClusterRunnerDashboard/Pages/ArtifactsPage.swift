package import ClusterRunnerDomain
import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// A folder of the results of a build.
package struct ArtifactsPage: Page {
    package static let template = Template.artifacts
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let crumbs: [Crumb]
    let rows: [Row]
    let isEmpty: Bool
    let isTop: Bool
    let pager: Pager
    let tarPath: String
    let zipPath: String
    let isFinished: Bool

    /// A folder on the path to this one.
    struct Crumb: Sendable {
        let name: String
        let path: String
        let isCurrent: Bool
    }

    /// An entry of the folder.
    struct Row: Sendable {
        let name: String
        /// The folder of an atom, where `name` is that of the atom.
        var folder: String?
        var badge: Badge?
        var path: String?
        var download: String?
        let kind: String
        var size: String?
        let changedAt: TimeText?
        var atomPath: String?
    }

    /// An entry of a folder: a file, a folder, or something else.
    package struct Entry: Sendable, Equatable {
        /// The kind of an entry.
        package enum Kind: Sendable, Equatable {
            /// A file, with its size.
            case file(Int)
            case folder
            /// A link or a device, which is neither followed nor opened.
            case other
        }

        package let name: ByteString
        package let kind: Kind
        package let changedAt: Double

        package init(name: ByteString, kind: Kind, changedAt: Double) {
            self.name = name
            self.kind = kind
            self.changedAt = changedAt
        }
    }

    /// Creates the page of a folder, given its path below the results and the entries of the chosen page.
    ///
    /// `atoms` are the atoms that own the entries or the folder, by the names of their folders.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        folder: [ByteString],
        entries: [Entry],
        total: Int,
        page: PageChoice,
        atoms: [ByteString: AtomRecord] = [:],
        now: Double
    ) {
        title = "Artifacts of build \(build.id)"
        feed = nil
        header = BuildHeader(build, live: live, part: .artifacts, now: now)
        let base = DashboardPath.build(build.id, .artifacts)
        crumbs = Self.crumbs(folder, base, atoms)
        isTop = folder.isEmpty
        rows = entries.map { Self.row($0, in: folder, base, owner: folder.isEmpty ? atoms[$0.name] : nil, now: now) }
        isEmpty = entries.isEmpty
        let query = QueryString().with("path", bytes: ByteString(names: folder))
        pager = Pager(page, total: total, shown: entries.count, path: base, query: query)
        tarPath = "/v1/build/\(build.id)/artifacts.tar.gz"
        zipPath = "/v1/build/\(build.id)/artifacts.zip"
        isFinished = build.state.isFinal
    }

    private static func crumbs(
        _ folder: [ByteString],
        _ base: String,
        _ atoms: [ByteString: AtomRecord]
    ) -> [Crumb] {
        let top = Crumb(name: "results", path: base, isCurrent: folder.isEmpty)
        return [top]
            + folder.indices.map { index in
                let path = ByteString(names: folder[...index])
                return Crumb(
                    name: (index == 0 ? atoms[folder[index]]?.atom.title : nil) ?? folder[index].escaped,
                    path: QueryString().with("path", bytes: path).after(base),
                    isCurrent: index == folder.count - 1
                )
            }
    }

    private static func row(
        _ entry: Entry,
        in folder: [ByteString],
        _ base: String,
        owner: AtomRecord?,
        now: Double
    ) -> Row {
        let query = QueryString().with("path", bytes: ByteString(names: folder + [entry.name]))
        let file = "\(base)/file"
        let name = entry.name.escaped
        let time = TimeText(entry.changedAt, now: now)
        switch entry.kind {
        case .folder:
            return Row(
                name: owner?.atom.title ?? "\(name)/",
                folder: owner == nil ? nil : "\(name)/",
                badge: owner.map { Badge($0, isHeld: false) },
                path: query.after(base),
                kind: "Folder",
                changedAt: time,
                atomPath: owner.map {
                    DashboardPath.atom(build: $0.buildID, subjob: $0.subjobID, atom: $0.id)
                }
            )
        case .file(let size):
            let isShown = FileKind(name) != .other
            return Row(
                name: name,
                path: isShown ? query.after(file) : query.with("download", "1").after(file),
                download: query.with("download", "1").after(file),
                kind: FileKind(name).label,
                size: byteCount(size),
                changedAt: time
            )
        case .other:
            return Row(name: name, kind: "Link or device", changedAt: time)
        }
    }

    /// Returns the subjob and the number of the atom that owns a folder `artifact_S_A` at the top of the results.
    package static func owner(of folder: ByteString) -> (subjob: SubjobID, atom: AtomIndex)? {
        let parts = folder.escaped.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "artifact",
            parts.dropFirst().joined().utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let subjob = SubjobID(String(parts[1])),
            let atom = AtomIndex(String(parts[2]))
        else {
            return nil
        }
        return (subjob, atom)
    }
}

/// The presentation of a build's file in a browser, by its name.
package enum FileKind: Sendable, Equatable {
    /// Shown as plain text, whatever it contains.
    case text
    /// Shown as an image of this media type.
    case image(String)
    /// Downloaded.
    case other

    /// Chooses the kind for a name.
    package init(_ name: String) {
        let ending = name.split(separator: ".").count > 1 ? name.split(separator: ".").last?.lowercased() ?? "" : ""
        if name.hasPrefix("clusterrunner_") || Self.texts.contains(ending) {
            self = .text
        } else if let type = Self.images[ending] {
            self = .image(type)
        } else {
            self = .other
        }
    }

    var label: String {
        switch self {
        case .text: "Text"
        case .image: "Image"
        case .other: "File"
        }
    }

    private static let texts: Set<String> = [
        "txt", "log", "out", "err", "xml", "json", "csv", "tsv", "md", "yaml", "yml", "ini", "conf", "diff", "patch",
        "tap", "trs",
    ]

    // No SVG, because it is a document with scripts.
    private static let images = [
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    ]
}
