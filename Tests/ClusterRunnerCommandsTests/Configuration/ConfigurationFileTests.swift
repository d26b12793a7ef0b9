import ClusterRunnerFiles
import Foundation
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct ConfigurationFileTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private var home: [String: String] { ["HOME": scratch.path] }

    private func load(_ file: String?) throws -> LoadedConfiguration {
        try ConfigurationLoader(file: file, environment: home).load()
    }

    @Test func `A missing file is created for its owner alone, from the example, with a secret`() throws {
        let general = try load(nil).general()
        #expect(scratch.mode(".clusterrunner") == 0o700)
        #expect(scratch.mode(".clusterrunner/clusterrunner.conf") == 0o600)
        #expect(scratch.list(".clusterrunner") == ["clusterrunner.conf"])
        let text = try #require(scratch.read(".clusterrunner/clusterrunner.conf"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let secret = try #require(lines.first { $0.hasPrefix("secret = ") }).dropFirst("secret = ".count)
        #expect(secret.count == 64)
        #expect(secret.allSatisfy { $0.isHexDigit })
        #expect(general.secret == (try Secret(String(secret))))
        #expect(lines.filter { !$0.hasPrefix("secret = ") }.joined(separator: "\n") == ConfigurationExample.text)
        #expect(try load(nil).general() == general)
    }

    @Test func `Two files get two secrets`() throws {
        let first = try scratch.write("", to: "first.conf")
        let second = try scratch.write("", to: "second.conf")
        #expect(try load(first).general().secret != load(second).general().secret)
    }

    @Test func `A secret of the environment needs none in the file`() throws {
        let environment = home.merging(["CLUSTERRUNNER_SECRET": "0123456789"]) { $1 }
        let general = try ConfigurationLoader(file: nil, environment: environment).load().general()
        #expect(general.secret == (try Secret("0123456789")))
        #expect(scratch.read(".clusterrunner/clusterrunner.conf") == ConfigurationExample.text)
    }

    @Test(arguments: [
        ("[master]\nport = 1\n[general] # x\nslaves = a\n", "[master]\nport = 1\n[general] # x\nSECRET\nslaves = a\n"),
        ("[general]\r\nslaves = a\r\n", "[general]\r\nSECRET\r\nslaves = a\r\n"),
        ("[general]", "[general]\nSECRET"),
        ("[master]\nport = 1", "[master]\nport = 1\n\n[general]\nSECRET\n"),
        ("", "\n[general]\nSECRET\n"),
    ])
    func `A missing secret is added and all else stays`(before: String, after: String) throws {
        let file = try scratch.write(before, to: "own.conf", mode: 0o400)
        _ = try load(file)
        let text = try #require(scratch.read("own.conf"))
        let secret = try #require(text.firstMatch(of: /secret = [0-9a-f]{64}/))
        #expect(text.replacing(secret.output, with: "SECRET") == after)
        #expect(scratch.mode("own.conf") & 0o077 == 0)
        #expect(scratch.list() == ["own.conf"])
        let general = try load(file).general()
        #expect(general.secret == (try Secret(String(secret.output.dropFirst("secret = ".count)))))
    }

    @Test(arguments: ["nonsense", "secrt = hunter2-hunter2", "port = x", "[mastr]"])
    func `A file with faults gets no secret`(line: String) throws {
        let file = try scratch.write("[general]\n\(line)\n", to: "own.conf")
        #expect(refusal { _ = try load(file) }?.hasPrefix("\(file), line 2: ") == true)
        #expect(scratch.read("own.conf") == "[general]\n\(line)\n")
    }

    @Test func `A symbolic link stays one`() throws {
        mkdir(scratch.path + "/real", 0o700)
        try scratch.write("[general]\n", to: "real/own.conf")
        symlink("real/own.conf", scratch.path + "/link.conf")
        _ = try load(scratch.path + "/link.conf")
        #expect(scratch.read("real/own.conf")?.contains("secret = ") == true)
        #expect(scratch.list() == ["link.conf", "real"])
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: scratch.path + "/link.conf")
        #expect(target == "real/own.conf")
    }

    @Test func `Many that start at once agree on one secret`() async throws {
        let loader = ConfigurationLoader(file: nil, environment: home)
        let secrets = try await withThrowingTaskGroup { group in
            for _ in 0..<32 {
                group.addTask { @concurrent in try loader.load().general().secret }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(secrets.allSatisfy { $0 == secrets.first })
        #expect(scratch.list(".clusterrunner") == ["clusterrunner.conf"])
    }

    @Test func `A named file must exist`() throws {
        let file = scratch.path + "/none.conf"
        #expect(
            refusal { _ = try load(file) } == "There is no configuration file \(file). Without --config-file, "
                + "~/.clusterrunner/clusterrunner.conf is used, and created if it is missing."
        )
        #expect(scratch.list() == [])
    }

    @Test(arguments: [0o640, 0o604, 0o610, 0o644, 0o602] as [mode_t])
    func `A file that others have access to is refused with the command that helps`(mode: mode_t) throws {
        let file = try scratch.write("[general]\nsecret = 0123456789\n", to: "open.conf", mode: mode)
        #expect(
            refusal { _ = try load(file) } == "The configuration file \(file) holds the secret, but others than its "
                + "owner have access to it. Type: chmod 600 \(file)"
        )
    }

    private func fault(mode: mode_t = 0o600, owner: uid_t, group: gid_t = 0, user: uid_t) -> String? {
        let status = FileStatus(kind: .regular, permissions: mode, owner: owner, group: group)
        return ConfigurationFile.fault(of: status, path: "/f", user: user)
    }

    @Test func `The file must belong to the user or to root`() throws {
        #expect(fault(owner: 1_001, user: 1_001) == nil)
        #expect(fault(owner: 0, user: 1_002) == nil)
        #expect(
            fault(owner: 1_001, user: 1_002)
                == "The configuration file /f belongs to user 1001; it must belong to user 1002, who runs this program, "
                + "or to root."
        )
    }

    @Test func `A file of root may be readable by the group of the service, and by nobody else`() throws {
        #expect(fault(mode: 0o640, owner: 0, group: 990, user: 990) == nil)
        #expect(fault(mode: 0o440, owner: 0, group: 0, user: 990) == nil)
        #expect(fault(mode: 0o640, owner: 0, group: 990, user: 0) == nil)
        for mode in [0o660, 0o644, 0o641, 0o650] as [mode_t] {
            #expect(
                fault(mode: mode, owner: 0, group: 990, user: 990)
                    == "The configuration file /f holds the secret, but others than its owner have access to it. Type: "
                    + "chmod 640 /f"
            )
        }
        // The group of an ordinary user, or root's own, is not a service's.
        #expect(fault(mode: 0o640, owner: 990, group: 990, user: 990) != nil)
        #expect(fault(mode: 0o640, owner: 0, group: 0, user: 0) != nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `A new secret leaves group and mode as they are`() throws {
        let file = try scratch.write("[general]\n", to: "service.conf", mode: 0o640)
        chown(file, 0, 12_345)
        _ = try load(file)
        let status = try #require(FileStatus(path: file))
        #expect(status.group == 12_345)
        #expect(status.permissions == 0o640)
    }

    @Test func `Where no file can be created, the secret of the environment is enough, or any secret`() throws {
        let environment = ["HOME": "/proc", "TMPDIR": scratch.path]
        let named = environment.merging(["CLUSTERRUNNER_SECRET": "0123456789"]) { $1 }
        #expect(try ConfigurationLoader(file: nil, environment: named).load().general().secret == Secret("0123456789"))
        let loader = ConfigurationLoader(file: nil, environment: environment)
        let general = try loader.load(isFileOptional: true).general()
        #expect(general.baseDirectory == "\(scratch.path)/clusterrunner-\(geteuid())")
        #expect(scratch.mode("clusterrunner-\(geteuid())") == 0o700)
        #expect(try loader.load(isFileOptional: true).general().secret != general.secret)
    }

    @Test func `A stand-in for the base directory that others can enter is refused`() throws {
        mkdir("\(scratch.path)/clusterrunner-\(geteuid())", 0o755)
        let loader = ConfigurationLoader(file: nil, environment: ["HOME": "/proc", "TMPDIR": scratch.path])
        #expect(
            refusal { _ = try loader.load(isFileOptional: true).general() }
                == "There is no home directory that can be written, and \(scratch.path)/clusterrunner-\(geteuid()) is "
                + "not a directory of user \(geteuid()) alone. Set CLUSTERRUNNER_BASE_DIRECTORY."
        )
    }

    @Test func `A file that is there and cannot be used is a fault, also where a file is optional`() throws {
        try scratch.write("[general]\nnonsense\n", to: ".clusterrunner/clusterrunner.conf")
        let loader = ConfigurationLoader(file: nil, environment: home)
        #expect(refusal { _ = try loader.load(isFileOptional: true) }?.contains("line 2") == true)
    }

    @Test func `Neither a directory nor a pipe is a configuration file`() throws {
        #expect(
            refusal { _ = try load(scratch.path) } == "The configuration file \(scratch.path) is not a regular file."
        )
        let pipe = scratch.path + "/pipe"
        mkfifo(pipe, 0o600)
        #expect(refusal { _ = try load(pipe) } == "The configuration file \(pipe) is not a regular file.")
    }

    @Test func `A file that is no text is refused`() throws {
        let file = scratch.path + "/binary.conf"
        try OpenFile.replace(file, with: [0x5B, 0xFF, 0xFE])
        #expect(refusal { _ = try load(file) } == "The configuration file \(file) is not UTF-8 text.")
    }

    @Test func `A file that cannot be completed gives the system's reason`() throws {
        // The name has the maximum length; that of the new file beside it would be longer.
        let file = try scratch.write("", to: String(repeating: "n", count: 255))
        #expect(
            refusal { _ = try load(file) }
                == "The configuration file \(file) has no secret yet, and none can be written "
                + "into it. A new \(file) cannot be opened: File name too long."
        )
        #expect(ScratchDirectory.text(of: file) == "")
    }

    @Test func `A home without permission to write gives the system's reason`() throws {
        let environment = ["HOME": "/proc"]
        #expect(
            refusal { _ = try ConfigurationLoader(file: nil, environment: environment).load() }
                == "The directory /proc/.clusterrunner cannot be made: No such file or directory."
        )
    }
}
