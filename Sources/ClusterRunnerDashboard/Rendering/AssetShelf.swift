/// A file that pages refer to: the stylesheet, a script, the icon.
package struct Asset: Sendable {
    /// Its media type.
    package let contentType: String
    /// Its contents.
    package let bytes: [UInt8]
}

/// The files that pages refer to, under a path that changes with their content.
///
/// All share one path, so that scripts import each other by name; browsers may cache them without limit.
package struct AssetShelf: Sendable {
    /// The files of this version.
    package static let current = AssetShelf([
        "style.css": Asset(contentType: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        "icon.svg": Asset(contentType: "image/svg+xml", bytes: PackageResources.icon_svg),
        "main.js": script(PackageResources.main_js),
        "live.js": script(PackageResources.live_js),
        "morph.js": script(PackageResources.morph_js),
        "times.js": script(PackageResources.times_js),
        "actions.js": script(PackageResources.actions_js),
        "signing.js": script(PackageResources.signing_js),
        "sha512.js": script(PackageResources.sha512_js),
        "keys.js": script(PackageResources.keys_js),
        "timeline.js": script(PackageResources.timeline_js),
        "console.js": script(PackageResources.console_js),
    ])

    private let files: [String: Asset]
    /// The fingerprint of all files.
    package let tag: String

    init(_ files: [String: Asset]) {
        self.files = files
        tag = Self.fingerprint(of: files.sorted { $0.key < $1.key }.flatMap { Array($0.key.utf8) + $0.value.bytes })
    }

    /// The path above the files.
    package var path: String { "\(DashboardPath.assets)/\(tag)" }

    /// Returns the file with a name.
    package func file(_ name: String) -> Asset? { files[name] }

    private static func script(_ bytes: [UInt8]) -> Asset {
        Asset(contentType: "text/javascript; charset=utf-8", bytes: bytes)
    }

    /// Computes FNV-1a, which distinguishes versions and secures nothing.
    private static func fingerprint(of bytes: [UInt8]) -> String {
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }
}
