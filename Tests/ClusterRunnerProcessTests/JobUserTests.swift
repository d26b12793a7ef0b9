import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite(.enabled(if: geteuid() == 0, "only root can run commands as another user"))
struct JobUserTests {
    private func fixture() throws -> (fixture: CommandFixture, user: JobUser) {
        var user = try JobUser(named: "nobody")
        // One group more than the own, which a command has otherwise, too.
        user = JobUser(
            name: user.name,
            userID: user.userID,
            groupID: user.groupID,
            groups: [user.groupID, 54_321],
            home: user.home
        )
        let fixture = try CommandFixture(user: user)
        chmod(fixture.folder, 0o755)
        return (fixture, user)
    }

    @Test func `Commands of another user have its ids and groups, and none of the rights of root`() async throws {
        let (fixture, user) = try fixture()
        try await fixture.run("id -u; id -g; id -G; grep -E '^(Uid|Gid|Cap(Prm|Eff)|SigBlk|SigIgn):' /proc/self/status")
        let (id, group) = (user.userID, user.groupID)
        let lines = try fixture.text().replacing("\t", with: " ").split(separator: "\n")
        #expect(lines.prefix(3) == ["\(id)", "\(group)", "\(user.groups.map(String.init).joined(separator: " "))"])
        #expect(
            lines.dropFirst(3).prefix(2) == [
                "Uid: \(id) \(id) \(id) \(id)", "Gid: \(group) \(group) \(group) \(group)",
            ]
        )
        let none = "0000000000000000"
        #expect(lines.dropFirst(5) == ["SigBlk: \(none)", "SigIgn: \(none)", "CapPrm: \(none)", "CapEff: \(none)"])
    }

    @Test func `Commands of another user have a session of their own, and no descriptors of the service`() async throws
    {
        let (fixture, _) = try fixture()
        let leak = open("/etc/passwd", O_RDONLY)
        defer { close(leak) }
        try await fixture.run(
            "test $(ps -o sid= -p $$) = $$ && pwd; readlink /proc/$$/fd/0; ls -C -w 200 /proc/$$/fd; true"
        )
        // The shell itself keeps 255.
        let lines = try fixture.text().split(separator: "\n")
        #expect(lines.prefix(2) == [fixture.folder.replacing("//", with: "/")[...], "/dev/null"])
        #expect(lines.last?.split(separator: " ").filter { $0 != "255" } == ["0", "1", "2"])
    }

    @Test func `A command of another user may open its output once more`() async throws {
        let (fixture, _) = try fixture()
        #expect(try await fixture.run("echo one; echo two >> /dev/stderr; echo three").isSuccess)
        #expect(try fixture.text() == "one\ntwo\nthree\n")
    }

    @Test func `A folder that the user may not enter is named with the user`() async throws {
        let (fixture, _) = try fixture()
        chmod(fixture.folder, 0o700)
        let fault = await fault { try await fixture.run("true") }
        #expect(
            fault == "failed: Cannot run a command in \"\(fixture.folder)\": the job_user nobody may not enter it: "
                + "Permission denied."
        )
    }

    @Test func `Commands of another user end with all that they started, at a cancellation as well`() async throws {
        let (fixture, _) = try fixture()
        chmod(fixture.folder, 0o777)
        try await fixture.run("setsid sleep 1000 > /dev/null & echo $!")
        let ended = try fixture.processes()
        #expect(ended.count == 1 && !ended.contains(where: isRunning))
        let script = "setsid sleep 1000 > /dev/null & echo $!; echo > ready; wait"
        let pipe = fixture.path("ready")
        defer { unlink(pipe) }
        // The pipe is the test's, and all may write to it.
        #expect(mkfifo(pipe, 0o666) == 0 && chmod(pipe, 0o666) == 0)
        let command = Task { try await fixture.runner.run(fixture.command(script)) }
        try await CommandFixture().run("read -r line < '\(pipe)'")
        command.cancel()
        #expect(try await command.value.end == .canceled)
        #expect(!(try fixture.processes().contains(where: isRunning)))
    }

    @Test func `A program that is not there is named`() async throws {
        let user = try JobUser(named: "nobody")
        let fixture = try CommandFixture(shell: Shell(path: "/no/such/shell", options: []), user: user)
        chmod(fixture.folder, 0o755)
        let fault = await fault { try await fixture.run("true") }
        #expect(fault == "failed: Cannot start the shell \"/no/such/shell\": No such file or directory.")
    }

    @Test func `A user that is not there is refused, and root is`() throws {
        let missing = #expect(throws: ClusterRunnerError.self) { try JobUser(named: "no-such-user") }
        #expect(
            missing?.message.hasPrefix("job_user is no-such-user, but this machine has no user of that name.") == true
        )
        let root = #expect(throws: ClusterRunnerError.self) { try JobUser(named: "root") }
        #expect(root?.message.hasPrefix("job_user is root, which is root") == true)
    }

    @Test func `The environment names the account, and no sockets of the service's own`() throws {
        let user = JobUser(name: "ci", userID: 7, groupID: 8, groups: [8], home: "/home/ci")
        let variables: [ByteString: ByteString] = [
            "HOME": "/root", "PATH": "/bin", "SSH_AUTH_SOCK": "/run/agent", "XDG_RUNTIME_DIR": "/run/user/0",
        ]
        #expect(
            user.environment(from: variables) == ["HOME": "/home/ci", "USER": "ci", "LOGNAME": "ci", "PATH": "/bin"]
        )
    }
}
