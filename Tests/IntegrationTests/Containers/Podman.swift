import ClusterRunnerTesting
import Foundation
import Testing

/// The real podman, with settings and a storage of its own that a test uses alone.
///
/// Its storage holds one image, `localhost/box`: busybox as a statically linked program, with a file `/box`.
struct Podman: Sendable {
    /// The folder of its storage; short, because podman refuses long ones.
    let folder: String
    /// The words before a command that runs with its settings.
    var entrance: [String] {
        [
            "/usr/bin/env", "CONTAINERS_CONF=\(folder)/containers.conf",
            "CONTAINERS_STORAGE_CONF=\(folder)/storage.conf",
        ]
    }

    /// Runs a body with podman.
    ///
    /// Where this machine does not let containers run, the test says so in a warning with the reason.
    static func with(_ body: (Podman, RunningCluster) async throws -> Void) async throws {
        let folder = try await shell("mktemp -d /tmp/crXXXXXX", in: "/")
        let podman = Podman(folder: folder)
        do {
            try await podman.prepare()
        } catch {
            await podman.remove()
            let advice = "Packages: podman, runc, uidmap, busybox-static."
            Issue.record("No container is run, because none can be run here. \(advice) \(error)", severity: .warning)
            return
        }
        do {
            try await RunningCluster.withNothing { try await body(podman, $0) }
        } catch {
            Issue.record(error)
        }
        await podman.expectNothingLeft()
        await podman.remove()
    }

    /// Runs a script with podman and the settings.
    @discardableResult
    func run(_ script: String) async throws -> String {
        let settings = entrance.dropFirst().map { "export '\($0)'; " }.joined()
        return try await shell(settings + script, in: folder)
    }

    /// Starts a master and a slave with the settings.
    func startCluster(_ cluster: RunningCluster, executors: Int) async throws {
        try await cluster.startMaster(through: entrance)
        try await addSlave(to: cluster, executors: executors)
    }

    /// Starts the slave, or its successor, with the settings.
    @discardableResult
    func addSlave(to cluster: RunningCluster, executors: Int) async throws -> RunningProgram {
        try await cluster.addSlave(named: "slave", executors: executors, master: cluster.port, through: entrance)
    }

    private func prepare() async throws {
        try settings.write(to: folder)
        try await shell(Self.preparation, in: folder)
        try await run("podman import box.tar localhost/box; podman run --rm localhost/box test -f /box")
    }

    /// Settings that need no systemd, no nested file system and no network of its own.
    private var settings: Project {
        let storage = "[storage]\ndriver = \"vfs\"\ngraphroot = \"\(folder)/g\"\nrunroot = \"\(folder)/r\"\n"
        let containers = """
            [engine]
            runtime = "runc"
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            tmp_dir = "\(folder)/t"
            [containers]
            netns = "host"
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]

            """
        return Project(files: ["storage.conf": storage, "containers.conf": containers, "root/box": "box\n"])
    }

    /// Makes the file system of the image.
    private static let preparation = """
        busybox=$(command -v busybox)
        mkdir root/bin root/tmp root/etc
        chmod 1777 root/tmp
        cp "$busybox" root/bin/busybox
        for name in $("$busybox" --list); do test "$name" = busybox || ln -s busybox "root/bin/$name"; done
        tar -C root -cf box.tar .
        """

    /// Expects neither containers nor processes of the storage.
    private func expectNothingLeft() async {
        do {
            #expect(try await run("podman ps --all --quiet") == "")
        } catch {
            Issue.record(error)
        }
        for _ in 0..<250 where !Processes.mentioning(folder).isEmpty {
            // The process above a container says nothing when it ends.
            try? await Task.sleep(for: .milliseconds(20))
        }
        #expect(Processes.mentioning(folder) == [])
    }

    private func remove() async {
        do {
            try await run("podman rm --all --force || true")
            try await shell("rm -rf '\(folder)'", in: "/")
        } catch {
            Issue.record(error)
        }
    }
}
