import CGit2
import Glibc

/// Conversion of files whose attribute `working-tree-encoding` names another encoding for the workspace.
///
/// libgit2 does not support the attribute; the rules are git's.
enum WorkingTreeEncoding {
    /// Registers the conversion with the library; called once, before its first use.
    static func install() {
        // The library keeps both until the process ends.
        let filter = UnsafeMutablePointer<git_filter>.allocate(capacity: 1)
        git_filter_init(filter, UInt32(GIT_FILTER_VERSION))
        filter.pointee.attributes = UnsafePointer(strdup("working-tree-encoding=*"))
        filter.pointee.check = { _, payload, _, values in
            guard let name = values?[0], !WorkingTreeEncoding.isUTF8(String(cString: name)) else {
                return GIT_PASSTHROUGH.rawValue
            }
            payload?.pointee = UnsafeMutableRawPointer(strdup(name))
            return 0
        }
        filter.pointee.apply = { _, payload, result, bytes, source in
            guard let result, let bytes, let source, let name = payload?.pointee else {
                return GIT_PASSTHROUGH.rawValue
            }
            let encoding = String(cString: name.assumingMemoryBound(to: CChar.self))
            let isToWorkspace = git_filter_source_mode(source) == GIT_FILTER_TO_WORKTREE
            return WorkingTreeEncoding.apply(encoding, isToWorkspace: isToWorkspace, from: bytes.pointee, to: result)
        }
        filter.pointee.cleanup = { _, payload in free(payload) }
        // After the conversion of line ends on the way to a workspace, before it on the way back.
        git_filter_register("clusterrunner-encoding", filter, 150)
    }

    private static func isUTF8(_ name: String) -> Bool { ["utf-8", "utf8"].contains(name.lowercased()) }

    private static func apply(
        _ encoding: String,
        isToWorkspace: Bool,
        from source: git_buf,
        to result: UnsafeMutablePointer<git_buf>
    ) -> Int32 {
        let bytes = UnsafeRawBufferPointer(start: source.ptr, count: source.size)
        let converted =
            isToWorkspace ? encoded(bytes, as: encoding) : decoded(bytes, from: encoding)
        // As in git, bytes that cannot be converted are unchanged.
        guard let converted, !bytes.isEmpty else { return GIT_PASSTHROUGH.rawValue }
        return git_buf_set(result, converted, converted.count)
    }

    /// Converts to the encoding of the workspace; nil when the text cannot be represented, or the encoding is unknown.
    static func encoded(_ text: UnsafeRawBufferPointer, as encoding: String) -> [UInt8]? {
        switch encoding.uppercased() {
        case "UTF-16LE-BOM": converted(text, from: "UTF-8", to: "UTF-16LE").map { [0xFF, 0xFE] + $0 }
        case "UTF-16BE-BOM": converted(text, from: "UTF-8", to: "UTF-16BE").map { [0xFE, 0xFF] + $0 }
        default: converted(text, from: "UTF-8", to: encoding)
        }
    }

    /// Converts to the encoding of the repository.
    static func decoded(_ bytes: UnsafeRawBufferPointer, from encoding: String) -> [UInt8]? {
        let isMarked = ["UTF-16LE-BOM", "UTF-16BE-BOM"].contains(encoding.uppercased())
        return converted(bytes, from: isMarked ? "UTF-16" : encoding, to: "UTF-8")
    }

    private static func converted(_ bytes: UnsafeRawBufferPointer, from: String, to: String) -> [UInt8]? {
        guard let converter = iconv_open(to, from), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        // The converter changes the pointer, not the bytes.
        var input = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
        var left = bytes.count
        var output: [UInt8] = []
        var isFlushed = false
        while !isFlushed {
            isFlushed = left == 0
            let isDone = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { buffer in
                var place = buffer.baseAddress
                var room = buffer.count
                // Without input it writes the final sequence of a stateful encoding.
                let code =
                    isFlushed
                    ? iconv(converter, nil, nil, &place, &room)
                    : iconv(converter, &input, &left, &place, &room)
                let isFull = code == -1 && errno == E2BIG
                output += UnsafeRawBufferPointer(buffer)[..<(buffer.count - room)]
                return code != -1 || isFull
            }
            guard isDone else { return nil }
        }
        return output
    }
}
