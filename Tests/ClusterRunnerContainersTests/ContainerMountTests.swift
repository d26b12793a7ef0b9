import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerContainers

@Suite struct ContainerMountTests {
    private func options(_ paths: [ByteString]) throws -> [String] {
        try ContainerMount.options(paths.map { ContainerMount($0) })
    }

    private func option(_ path: String) -> String { "--mount=type=bind,src=\(path),dst=\(path)" }

    @Test func `A path may have any characters`() throws {
        #expect(try options(["/a b:c"]) == [option("/a b:c")])
        #expect(try options(["/a,b"]) == ["--mount=type=bind,\"src=/a,b\",\"dst=/a,b\""])
        #expect(try options(["/a\"b"]) == ["--mount=type=bind,\"src=/a\"\"b\",\"dst=/a\"\"b\""])
        #expect(try options(["/a\nb"]) == ["--mount=type=bind,\"src=/a\nb\",\"dst=/a\nb\""])
    }

    @Test func `A directory below another one needs no mount`() throws {
        #expect(try options(["/w/1/x", "/w/1", "/w/10", "/w/1/"]) == [option("/w/1"), option("/w/10")])
        let mounts = [ContainerMount("/w", isReadOnly: true), ContainerMount("/w/1"), ContainerMount("/w")]
        #expect(try ContainerMount.options(mounts) == [option("/w")])
        let closed = [ContainerMount("/w", isReadOnly: true), ContainerMount("/w/1")]
        #expect(try ContainerMount.options(closed) == [option("/w") + ",readonly", option("/w/1")])
    }

    @Test func `A path that is not UTF-8 is reached through the directory above it`() throws {
        let path = ByteString("/w/caf".utf8 + [0xE9] + "/below".utf8)
        #expect(try options([path]) == [option("/w")])
    }

    @Test func `A directory that cannot be mounted is named`() throws {
        let paths = [ByteString([UInt8(ascii: "/"), 0xE9] + "/x".utf8), "/", "/a\r/b"]
        for (path, shown) in zip(paths, ["/\\xe9/x", "/", "/a\r/b"]) {
            let error = #expect(throws: ClusterRunnerError.self) { try options([path]) }
            #expect(
                error?.message
                    == "The directory \"\(shown)\" cannot be mounted into a container: the path must be UTF-8, have "
                    + "no carriage return, and not be the root. Move it, or rename the folders above it."
            )
        }
    }

    @Test func `A build has its workspace, and a project elsewhere its own directory`() {
        let below = ContainerMount.ofBuild("/b/w/1/sub", workspace: "/b/w/1", storage: "/b/projects")
        #expect(below == [ContainerMount("/b/w/1"), ContainerMount("/b/projects", isReadOnly: true)])
        #expect(ContainerMount.ofBuild("/b/w/10", workspace: "/b/w/1", storage: nil) == [ContainerMount("/b/w/10")])
    }
}
