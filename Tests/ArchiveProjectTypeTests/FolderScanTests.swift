import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import GitProjectType
import Testing

@testable import ArchiveProjectType

/// What of a folder is uploaded, beside what the real git says.
@Suite struct FolderScanTests {
    private func paths(_ folder: String, rules: Bool = true, without foreign: [ByteString] = []) throws -> [String] {
        let rules = rules ? try IgnoreRules(folder: ByteString(folder)) : nil
        let scan = try FolderScan(ByteString(folder), rules: rules, without: foreign) {}
        return scan.tree.entries.map { $0.kind == .emptyDirectory ? "\($0.path.escaped)/" : $0.path.escaped }
    }

    /// The files that git tracks or does not ignore, where they are there.
    private func known(toGit folder: String) throws -> [String] {
        try sh("git -c core.quotePath=false ls-files -z -co --exclude-standard", in: folder)
            .split(separator: "\0").map(String.init)
            .filter { (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\($0)")) != nil }
    }

    private static let project = """
        git init -q -b main .; mkdir -p a/b/c build docs/api 'with space' node_modules/x deep/er
        printf '*.log\\n/build/\\n!keep.log\\nnode_modules\\n*.tmp\\n/docs/*\\n!/docs/api/\\n# c\\n\\\\#hash\\ntrail \\n' > .gitignore
        printf '!x.log\\n!new.log\\n*.txt\\n' > a/.gitignore; printf 'c/\\n' > a/b/.gitignore; echo '*.secret' > .git/info/exclude
        touch top.log keep.log a/x.log a/y.log a/z.txt a/b/c/in a/b/in build/o node_modules/x/y 'with space/ä ü' \\
            k.secret '#hash' 'trail' docs/index.html docs/api/one deep/er/t.tmp deep/er/t 'new\nline'
        git add -A; touch build/forced.o; git add -f build/forced.o a/z.txt; git commit -qm one
        rm keep.log; echo changed > a/b/in; touch untracked a/new.log a/b/new.log
        """

    @Test func `The files are those that git tracks or does not ignore, as they are`() async throws {
        try await withScratchDirectory { scratch in
            try sh(Self.project, in: scratch)
            #expect(
                try paths(scratch).filter { !$0.hasSuffix("/") }.sorted()
                    == known(toGit: scratch).map { ByteString($0).escaped }.sorted()
            )
            #expect(try paths(scratch).contains("a/new.log"))
            #expect(try paths(scratch).contains("build/forced.o"))
            #expect(try !paths(scratch).contains("build/o"))
            for folder in ["a", "a/b", "docs", "with space"] {
                let expected = try known(toGit: "\(scratch)/\(folder)").map { ByteString($0).escaped }.sorted()
                #expect(
                    try paths("\(scratch)/\(folder)").filter { !$0.hasSuffix("/") }.sorted() == expected,
                    "\(folder)"
                )
            }
        }
    }

    @Test func `Without rules all is sent but the folders of git`() async throws {
        try await withScratchDirectory { scratch in
            try sh(Self.project, in: scratch)
            let all = try sh("find . -path ./.git -prune -o -not -type d -print0", in: scratch)
            let expected = all.split(separator: "\0").map { ByteString(String($0.dropFirst(2))).escaped }
            #expect(try paths(scratch, rules: false).filter { !$0.hasSuffix("/") }.sorted() == expected.sorted())
        }
    }

    @Test func `Without the git program the rules are those of the library`() async throws {
        try await withScratchDirectory { scratch in
            try sh(Self.project, in: scratch)
            let rules = try IgnoreRules(folder: ByteString(scratch), usesProgram: false)
            let scan = try FolderScan(ByteString(scratch), rules: rules) {}
            let found = scan.tree.entries.filter { $0.kind != .emptyDirectory }.map(\.path.escaped)
            // The difference that the library has.
            let listed = try known(toGit: scratch).map { ByteString($0).escaped }.filter { !$0.hasSuffix("new.log") }
            #expect(found.sorted() == listed.sorted())
        }
    }

    @Test func `A folder in no repository, or one that its repository ignores, has its own rules`() async throws {
        try await withScratchDirectory { scratch in
            try sh(
                "mkdir plain; cd plain; echo '*.o' > .gitignore; touch a.o a.c; mkdir s; echo '!b.o' > s/.gitignore; touch s/b.o",
                in: scratch
            )
            #expect(try paths("\(scratch)/plain") == [".gitignore", "a.c", "s/.gitignore", "s/b.o"])
            try sh("git init -q .; echo plain > .gitignore; touch x", in: scratch)
            #expect(try paths("\(scratch)/plain") == [".gitignore", "a.c", "s/.gitignore", "s/b.o"])
            #expect(try paths(scratch) == [".gitignore", "x"])
        }
    }

    @Test func `A repository in the folder has its own rules, with its submodules`() async throws {
        try await withScratchDirectory { scratch in
            try sh(
                """
                git init -q -b main inner; cd inner; echo '*.o' > .gitignore; touch a.o a.c; git add -A; git commit -qm i; cd ..
                git init -q -b main outer; cd outer; echo '*.c' > .gitignore; touch o.c
                git -c protocol.file.allow=always submodule --quiet add ../inner sub; touch sub/b.o sub/b.c
                git init -q loose; touch loose/l.c loose/l.h; git add .gitignore; git commit -qm o; touch z.c z.h
                """,
                in: scratch
            )
            let expected = [
                ".gitignore", ".gitmodules", "loose/l.c", "loose/l.h", "sub/.gitignore", "sub/a.c", "sub/b.c", "z.h",
            ]
            #expect(try paths("\(scratch)/outer") == expected)
        }
    }

    @Test func `Kinds, permissions, names and empty directories are kept`() async throws {
        try await withScratchDirectory { scratch in
            try sh(
                """
                mkdir -p p/empty/er p/d; cd p; echo x > run; chmod 755 run; echo y > d/key; chmod 600 d/key
                ln -s /etc/passwd out; ln -s nowhere broken; ln run hard; mkfifo pipe; touch $'bad\\xff' zero
                """,
                in: scratch
            )
            let scan = try FolderScan(ByteString("\(scratch)/p"), rules: nil) {}
            #expect(scan.notes == ["A pipe cannot be sent and is left out: \"pipe\"."])
            let kinds = Dictionary(uniqueKeysWithValues: scan.tree.entries.map { ($0.path, $0.kind) })
            #expect(kinds.count == 8)
            #expect(kinds["out"] == .link("/etc/passwd"))
            #expect(kinds["broken"] == .link("nowhere"))
            #expect(kinds["empty/er"] == .emptyDirectory)
            #expect(kinds[ByteString([0x62, 0x61, 0x64, 0xFF])] == kinds["zero"])
            guard case .file(let run)? = kinds["run"], case .file(let key)? = kinds["d/key"] else {
                Issue.record("\(kinds)")
                return
            }
            #expect([run.permissions, key.permissions] == [0o755, 0o600])
            #expect(run.size == 2 && run.pieces.count == 1)
        }
    }

    @Test func `The directory of the results is no part of the project`() async throws {
        try await withScratchDirectory { scratch in
            try sh(
                "mkdir -p p/build_results/x p/src; touch p/build_results/x/junit.xml p/src/a; ln -s p/build_results r",
                in: scratch
            )
            #expect(try paths("\(scratch)/p", without: [ByteString("\(scratch)/r")]) == ["src/a"])
            #expect(try paths("\(scratch)/p", without: ["/nowhere"]) == ["build_results/x/junit.xml", "src/a"])
        }
    }

    @Test func `A file that changes after the scan is noticed`() async throws {
        try await withScratchDirectory { scratch in
            try sh("echo one > a; echo two > b; echo six > c", in: scratch)
            let scan = try FolderScan(ByteString(scratch), rules: nil) {}
            try sh("echo tea > a; rm b; rm c; ln -s a c", in: scratch)
            for piece in scan.tree.piecesInOrder {
                #expect(throws: FolderScan.ChangedFile.self) { try scan.bytes(of: piece) }
            }
        }
    }
}

/// Runs a script with the real git, without the configuration of this account.
@discardableResult
func sh(_ script: String, in directory: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-euc", script]
    process.currentDirectoryURL = URL(filePath: directory)
    process.environment = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "A", "LC_ALL": "C.UTF-8",
        "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.start()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(script)\n\(text)")
    return text
}
