import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

/// Workspaces that builds follow each other in.
@Suite struct KeptWorkspaceTests {
    /// Makes a repository with a workspace in which its first commit was built.
    private func withWorkspace(_ body: (Sandbox, () async throws -> Void) async throws -> Void) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let build = {
                let project = try sandbox.project(["url": .string(url)])
                _ = try await project.fetch(into: try sandbox.directory("workspace"))
                await project.teardown()
            }
            try await build()
            try await body(sandbox, build)
        }
    }

    /// Returns the differences of the workspace from a fresh clone, with modes, according to the real git and `diff`.
    private func difference(_ sandbox: Sandbox) throws -> String {
        try sandbox.sh("rm -rf clone; git clone -q upstream clone")
        return try sandbox.sh(
            """
            # Whether a file that its encoding cannot hold counts as changed depends on the second of its checkout.
            status() { git -C "$1" status --porcelain --ignored | sed '/ wrong.enc$/d'; }
            diff <(status workspace) <(status clone) || true
            list() { (cd "$1"; find . -path ./.git -prune -o -printf '%p %y %#m %l\\n' | sed 's/ d .*/ d/' | sort); }
            diff <(list workspace) <(list clone) || true
            diff -r --no-dereference --exclude .git workspace clone || true
            """
        )
    }

    @Test(arguments: [
        "rm -rf * .git", "echo spoilt > file.txt", "chmod 600 file.txt; chmod -x run.sh", "rm file.txt; mkdir file.txt",
        "rm -r sub; ln -s /etc sub", "rm -r sub; echo x > sub",
        "ln -sf random.bin link; rm run.sh; ln -s /bin/true run.sh",
        "mkdir -p a/b/c; echo x > a/b/c/d; echo '*.log' > .gitignore; echo x > b.log",
        "mkdir ro; echo x > ro/x; chmod 555 ro; chmod 555 sub; chmod 000 sub/deep",
        "touch -r file.txt stamp; echo two > file.txt; touch -r stamp file.txt",
        "cp -p random.bin r; mv r random.bin", "git init -q nested; touch nested/x",
        "echo x > $'caf\\351'; echo x > $'new\\nline'; mkfifo pipe",
        "git rm -q --cached file.txt; echo x > file.txt; git update-index --assume-unchanged run.sh; echo > run.sh",
        "echo garbage > .git/index; echo garbage > .git/HEAD; echo garbage > .git/config",
        "rm -rf .git; echo 'gitdir: /nowhere' > .git", "rm -rf .git; ln -s /nowhere .git",
        "git config core.fsmonitor /bin/false; git config core.worktree /; echo '*' > .git/info/exclude; echo x > y",
        "git checkout -q -b mine; git commit -q --allow-empty -m mine; git worktree add -qf ../$RANDOM",
    ])
    func `Whatever a job left, the next build finds what the commit has`(mess: String) async throws {
        try await withWorkspace { sandbox, build in
            try sandbox.sh(mess, in: "workspace")
            try await build()
            #expect(try difference(sandbox) == "")
            try sandbox.sh(mess, in: "workspace")
            try sandbox.commit("two", to: "sub/deep/file")
            try sandbox.sh(
                "git rm -q random.bin; mkdir new; echo n > new/n; git add -A; git commit -qm n",
                in: "upstream"
            )
            try await build()
            #expect(try difference(sandbox) == "")
        }
    }

    @Test func `Files that the commit does not change are not written again`() async throws {
        try await withWorkspace { sandbox, build in
            let stamp = "stat -c '%i %y %z %n' file.txt run.sh random.bin link sub sub/deep sub/deep/file"
            let before = try sandbox.sh(stamp, in: "workspace")
            try await build()
            #expect(try sandbox.sh(stamp, in: "workspace") == before)
            try sandbox.commit("two", to: "file.txt")
            try await build()
            let after = try sandbox.sh(stamp, in: "workspace").split(separator: "\n")
            #expect(after.dropFirst() == before.split(separator: "\n").dropFirst())
            #expect(try sandbox.read("workspace/file.txt") == "two\n")
        }
    }

    @Test func `A directory becomes a file, a file a directory, and a link either of them`() async throws {
        try await withWorkspace { sandbox, build in
            for change in [
                "git rm -qr sub; echo x > sub; rm file.txt; mkdir file.txt; echo x > file.txt/x",
                "rm sub; ln -s file.txt sub; rm -r file.txt; ln -s /etc file.txt",
                "rm sub file.txt; mkdir sub; echo x > sub/x; echo x > file.txt",
            ] {
                try sandbox.sh("\(change); git add -A; git commit -qm change", in: "upstream")
                try await build()
                #expect(try difference(sandbox) == "")
            }
        }
    }

    @Test(arguments: [
        "echo '*.txt text eol=crlf' > .gitattributes", "echo 'file text eol=crlf' > sub/deep/.gitattributes",
        "echo '*.txt working-tree-encoding=UTF-16' > .gitattributes",
    ])
    func `Files are as their attributes say, also when only those change`(change: String) async throws {
        try await withWorkspace { sandbox, build in
            for step in [change, "git rm -qf --ignore-unmatch .gitattributes sub/deep/.gitattributes"] {
                // Of files whose attributes change alone, git would have the bytes that they are to have.
                let commit = "git add -- '*.gitattributes' 2> /dev/null || true; git commit -qm attributes"
                try sandbox.sh("\(step); \(commit)", in: "upstream")
                let before = try sandbox.sh("stat -c '%i %z' run.sh link random.bin", in: "workspace")
                try await build()
                let left = try difference(sandbox)
                #expect(left == "")
                guard change.contains("sub/") else { continue }
                #expect(try sandbox.sh("stat -c '%i %z' run.sh link random.bin", in: "workspace") == before)
            }
        }
    }

    @Test(arguments: ["UTF-16LE", "UTF-16", "UTF-16LE-BOM", "ISO-8859-1", "EUC-JP", "UTF-8", "none"])
    func `Files have the encoding that their attribute names`(encoding: String) async throws {
        try await withWorkspace { sandbox, build in
            try sandbox.sh(
                """
                printf 'one \\\\ two\\n%.0s' $(seq 20000) > text.enc; : > empty.enc; printf '\\377\\376\\375' > wrong.enc
                mkdir eol; cp text.enc eol/text.enc; git add -A
                echo '*.enc text working-tree-encoding=\(encoding)' > .gitattributes
                echo '*.enc eol=crlf' > eol/.gitattributes; git add .gitattributes eol/.gitattributes; git commit -qm encodings
                """,
                in: "upstream"
            )
            try await build()
            #expect(try difference(sandbox) == "")
            try sandbox.sh("echo spoilt > text.enc; touch empty.enc", in: "workspace")
            try await build()
            #expect(try difference(sandbox) == "")
        }
    }

    @Test func `What is known of the files may be lost or damaged`() async throws {
        try await withWorkspace { sandbox, build in
            for damage in [
                "rm -r workspace.state", "for f in workspace.state/*; do echo garbage > $f; done",
                "for f in workspace.state/*; do : > $f; done", "rm -r workspace",
            ] {
                try sandbox.sh(damage)
                try await build()
                #expect(try difference(sandbox) == "")
            }
        }
    }

    @Test func `Submodules come, change, go and become files`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.makeRepository("inner")
            let build = {
                let project = try sandbox.project(["url": .string(url)])
                _ = try await project.fetch(into: try sandbox.directory("workspace"))
                await project.teardown()
            }
            for change in [
                "git -c protocol.file.allow=always submodule --quiet add ../inner mod", "true",
                "git -C mod fetch -q; git -C mod checkout -q origin/main", "git rm -qf mod",
                "rm -rf mod .git/modules; echo x > mod",
                "git rm -q mod; git -c protocol.file.allow=always submodule --quiet add ../inner mod",
            ] {
                try sandbox.commit(change.hashValue.description, in: "inner")
                try sandbox.sh("\(change); git add -A; git commit -q --allow-empty -m change", in: "upstream")
                try await build()
                try sandbox.sh("for d in workspace workspace/mod; do [ ! -d $d ] || echo left > $d/left; done")
                try await build()
                try sandbox.sh(
                    """
                    rm -rf clone; git -c protocol.file.allow=always clone -q --recurse-submodules upstream clone
                    diff -r --no-dereference --exclude .git workspace clone
                    diff <(git -C workspace ls-files -s) <(git -C clone ls-files -s)
                    """
                )
                #expect(try sandbox.sh("git -C workspace status --porcelain") == "", "\(change)")
            }
        }
    }
}
